/* strength/schema.c -- what a study may hold, for editors. */
#include "strength/study.h"

#define POINT                                                                                  \
    "{\"type\": \"array\", \"items\": {\"type\": \"number\"}, \"minItems\": 3, \"maxItems\": " \
    "3}"
#define PLACE                                                                                  \
    "\"name\": {\"type\": \"string\"}, \"about\": {}, \"min_mm\": " POINT                      \
    ", \"max_mm\": " POINT ", \"from_mm\": " POINT ", \"to_mm\": " POINT                       \
    ", \"radius_mm\": {\"type\": \"number\", \"minimum\": 0.01, \"maximum\": 1000}"
#define WHERE                                                                                  \
    "\"oneOf\": [{\"required\": [\"min_mm\", \"max_mm\"]}, "                                   \
    "{\"required\": [\"from_mm\", \"to_mm\", \"radius_mm\"]}]"
#define FILE_MEMBER                                                                            \
    "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"path\"], "       \
    "\"properties\": {\"path\": {\"type\": \"string\"}, \"sha256\": {\"type\": \"string\"}, "  \
    "\"unit\": {\"enum\": [\"mm\", \"cm\", \"m\", \"inch\", \"um\"]}, "                        \
    "\"axes\": {\"type\": \"string\", \"pattern\": \"^[RLAPHSFI]{3}$\"}, \"about\": {}}}"

const char nw_study_schema[] =
    "{\n"
    "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
    "  \"title\": \"strength 1\",\n"
    "  \"type\": \"object\", \"additionalProperties\": false,\n"
    "  \"required\": [\"nuwa\", \"material\", \"cell_mm\", \"variants\", \"fixed\", "
    "\"cases\"],\n"
    "  \"properties\": {\n"
    "    \"nuwa\": {\"const\": \"strength 1\"},\n"
    "    \"title\": {\"type\": \"string\"}, \"about\": {},\n"
    "    \"cell_mm\": {\"type\": \"number\", \"minimum\": 0.02, \"maximum\": 10},\n"
    "    \"material\": {\"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"required\": [\"name\", \"young_gpa\", \"poisson\", \"yield_mpa\", "
    "\"density_g_cm3\"],\n"
    "      \"properties\": {\"name\": {\"type\": \"string\"}, \"source\": {\"type\": "
    "\"string\"}, \"about\": {},\n"
    "        \"young_gpa\": {\"type\": \"number\"}, \"poisson\": {\"type\": \"number\", "
    "\"minimum\": 0, \"maximum\": 0.49},\n"
    "        \"yield_mpa\": {\"type\": \"number\"}, \"density_g_cm3\": {\"type\": "
    "\"number\"}}},\n"
    "    \"variants\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 16, \"items\": "
    "{\"type\": \"object\",\n"
    "      \"additionalProperties\": false, \"required\": [\"name\"],\n"
    "      \"oneOf\": [{\"required\": [\"design\"]}, {\"required\": [\"mesh\"]}],\n"
    "      \"properties\": {\"name\": {\"type\": \"string\"}, \"part\": {\"type\": "
    "\"string\"}, \"about\": {},\n"
    "        \"design\": " FILE_MEMBER ",\n"
    "        \"mesh\": " FILE_MEMBER "}}},\n"
    "    \"fixed\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 32, \"items\": "
    "{\"type\": \"object\",\n"
    "      \"additionalProperties\": false, " WHERE ",\n"
    "      \"properties\": {" PLACE "}}},\n"
    "    \"cases\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 8, \"items\": "
    "{\"type\": \"object\",\n"
    "      \"additionalProperties\": false, \"required\": [\"name\", \"loads\"],\n"
    "      \"properties\": {\"name\": {\"type\": \"string\"}, \"about\": {}, \"loads\": "
    "{\"type\": \"array\",\n"
    "        \"minItems\": 1, \"maxItems\": 32, \"items\": {\"type\": \"object\", "
    "\"additionalProperties\": false,\n"
    "        \"required\": [\"force_n\"], " WHERE ",\n"
    "        \"properties\": {\"force_n\": " POINT ", " PLACE "}}}}}}\n"
    "  }\n"
    "}\n";
