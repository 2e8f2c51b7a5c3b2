/*
 * cli/zh_priv.h -- English formats to Chinese ones. A sentence is written once, in English,
 * where it is known; this table is held complete by tools/check-messages.
 */
#ifndef NW_CLI_ZH_PRIV_H
#define NW_CLI_ZH_PRIV_H

/* The Chinese format with the same conversions in the same order, or `en` itself. */
const char *nw_zh(const char *en);

#endif
