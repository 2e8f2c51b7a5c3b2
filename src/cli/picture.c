/* cli/picture.c -- a picture of a model, without display or graphics card. */
#include <string.h>

#include "cli/command.h"
#include "core/text.h"
#include "io/file.h"
#include "io/io.h"
#include "report/picture.h"

struct picture_args {
    const char *in, *out, *view, *shade, *axes;
    int64_t width, height;
};

static const char *const views[] = {"oblique", "front", "back",  "left",
                                    "right",   "above", "below", NULL};
static const enum nw_view view_of[] = {NW_VIEW_OBLIQUE, NW_VIEW_FRONT, NW_VIEW_BACK,
                                       NW_VIEW_LEFT,    NW_VIEW_RIGHT, NW_VIEW_ABOVE,
                                       NW_VIEW_BELOW};
static const char *const shades[] = {"part", "uncertainty", "class", NULL};
static const enum nw_shade shade_of[] = {NW_SHADE_PART, NW_SHADE_UNCERTAINTY, NW_SHADE_CLASS};

static const struct nw_arg picture_args[] = {
    NW_INPUT(struct picture_args, in, "MODEL", "模型文件", "model to draw"),
    NW_OUTPUT(struct picture_args, out, 'o', "output", true, "图片（.png）", "picture (.png)"),
    NW_CHOICE(struct picture_args, view, "view", views, "视向，默认 oblique",
              "from where, oblique when not given"),
    NW_CHOICE(struct picture_args, shade, "shade", shades, "着色依据，默认 part",
              "what the colour shows, part when not given"),
    NW_TEXT(
        struct picture_args, axes, "axes",
        "模型的 x、y、z 各指向哪里：R L A P H F 中的三个字母，如 LPS、RAS、LAF",
        "where the model's x, y and z point: three letters of R L A P H F, such as LPS, RAS or "
        "LAF"),
    NW_COUNT(struct picture_args, width, "width", 64, 4096, 960, "宽（像素）",
             "width in pixels"),
    NW_COUNT(struct picture_args, height, "height", 64, 4096, 720, "高（像素）",
             "height in pixels"),
    {.kind = NW_ARG_END},
};

/* Which of the list; the first when nothing was said. */
static size_t index_of(const char *const *list, const char *word)
{
    size_t i = 0;
    while (word && list[i] && strcmp(list[i], word) != 0)
        i++;
    return list[i] ? i : 0;
}

static bool draw(const struct picture_args *args, const struct nw_model *model,
                 struct nw_err *err)
{
    const struct nw_view_opts opts = {
        .view = view_of[index_of(views, args->view)],
        .shade = shade_of[index_of(shades, args->shade)],
        .width = (size_t)args->width,
        .height = (size_t)args->height,
        .background = {255, 255, 255},
    };
    struct nw_picture picture = {0};
    size_t len = 0;
    uint8_t *png = NULL;
    if (nw_picture_of_model(model, &opts, &picture, err))
        png = nw_picture_png(&picture, &len, err);
    const bool ok = png && nw_file_write(args->out, png, len, err);
    nw_free(png);
    nw_picture_release(&picture);
    return ok;
}

static int picture(const void *raw, struct nw_run *run, struct nw_err *err)
{
    const struct picture_args *args = raw;
    char ending[16];
    nw_path_ending(args->out, ending);
    if (strcmp(ending, "png") != 0) {
        nw_fail(err, NW_ERR_ARGUMENT, "a picture's name ends in .png");
        return 2;
    }
    struct nw_model model = {0};
    if (nw_run_read_file(run, args->in, err) &&
        nw_model_read(args->in, &(struct nw_model_read_opts){.axes = args->axes}, &model,
                      err) &&
        draw(args, &model, err) && nw_run_wrote(run, args->out, err))
        nw_run_print(run, "%s\n", args->out);
    nw_model_release(&model);
    return 0;
}

const struct nw_command nw_cmd_picture = {
    .name = "picture",
    .zh = "画出一个模型",
    .en = "Draw a model",
    .args = picture_args,
    .args_size = sizeof(struct picture_args),
    .run = picture,
};
