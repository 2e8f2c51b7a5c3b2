/* plan/words.c -- what the kinds and members of a plan are called in forms; see plan_priv.h. */
#include <string.h>

#include "plan/plan_priv.h"

/* Of a kind (member NULL), of a member of one kind, or (kind NULL) of all that have it. */
static const struct nw_plan_words rows[] = {
    {"mesh", NULL, "骨或其他部件；读自文件", "a bone or another part; read from a file"},
    {"scan", NULL, "扫描；读自文件", "a scan; read from a file"},
    {"landmark", NULL, "标志点", "a landmark"},
    {"plane", NULL, "平面；用一点和法向、三个标志点或拟合给出",
     "a plane; by a place and its normal, three landmarks, or fitted"},
    {"mirror_plane", NULL, "镜面；由部件自身的对称性求得",
     "mirror plane; found by a part's own symmetry"},
    {"axis", NULL, "轴线；经过两个标志点", "an axis; through two landmarks"},
    {"box", NULL, "部件的外包盒", "the box around a part"},
    {"region", NULL, "区域；球、盒或多边形", "a region; a ball, a box or a polygon"},
    {"frame", NULL, "坐标系；由三个标志点给出", "axes; by three landmarks"},
    {"mirrored", NULL, "镜像的部件", "a part, mirrored"},
    {"cut", NULL, "平面截骨", "a plane cut"},
    {"dome", NULL, "圆顶截骨", "a dome cut"},
    {"wedge", NULL, "楔形截骨；绕铰链张开或闭合", "a wedge; opened or closed about its hinge"},
    {"piece", NULL, "截骨后的骨块", "a piece of a cut"},
    {"moved", NULL, "移动后的骨块；先转后移", "a piece, moved; turned, then shifted"},
    {"register", NULL, "配准；接受后才生效", "a registration; takes effect once accepted"},
    {"reduction", NULL, "骨折复位；接受后才生效",
     "a fracture reduced; takes effect once accepted"},
    {"faces", NULL, "两个截面之间的间隙、台阶和角度", "gap, step and angle between two faces"},
    {"trajectory", NULL, "螺钉或穿刺针的路径", "the way of a screw or needle"},
    {"search", NULL, "搜索最佳路径", "search for the best way"},
    {"measure", NULL, "测量", "a measurement"},

    {"plane", "point_mm", "平面上的一点", "a place on the plane"},
    {"plane", "normal", "法向；其所指为上侧", "its normal; points to what is above"},
    {"plane", "through", "经过的三个标志点", "through three landmarks"},
    {"plane", "fit", "按这些标志点拟合", "fitted to these landmarks"},
    {"plane", "over", "按部件表面的此区域拟合", "fitted to this region of a surface"},
    {"plane", "parallel_to", "平行于此平面", "parallel to this plane"},
    {"plane", "offset_mm", "沿法向再平移", "then shifted along its normal"},
    {"mirror_plane", "of", "谁的镜面", "whose mirror plane"},
    {"mirror_plane", "near_normal", "大致的法向", "about its normal"},
    {"axis", "from", "起点", "where it begins"},
    {"axis", "to", "终点", "where it ends"},
    {"box", "around", "包围的部件", "the part it is around"},
    {"region", "centre", "球心", "middle of a ball"},
    {"region", "radius_mm", "球的半径", "radius of the ball"},
    {"region", "min_mm", "盒的最小角", "the box's corner with the smallest coordinates"},
    {"region", "max_mm", "盒的最大角", "and with the largest"},
    {"region", "polygon", "多边形的各角", "corners of a polygon"},
    {"region", "depth_mm", "多边形两侧的深度", "depth to either side of the polygon"},
    {"region", "on", "只取此部件的表面", "only the surface of this part"},
    {"frame", "origin", "原点", "the origin"},
    {"frame", "x", "x 轴指向的标志点", "x runs to this landmark"},
    {"frame", "y", "y 轴朝向的标志点", "y runs towards this one"},
    {"dome", "axis", "圆顶的轴线", "axis of the dome"},
    {"dome", "radius_mm", "圆顶的半径", "radius of the dome"},
    {"dome", "towards", "由轴线指向圆顶", "from the axis to its crown"},
    {"wedge", "hinge", "铰链；位于截骨面内的轴线", "hinge; an axis in the plane of the cut"},
    {"wedge", "how", "闭合（closing）或张开（opening）", "closed or opened"},
    {"wedge", "angle_deg", "楔角", "angle of the wedge"},
    {"piece", "of", "哪个截骨", "of which cut"},
    {"piece", "side", "哪一侧；上侧（above）为法向所指", "which side; the normal points above"},
    {"moved", "by", "按已接受的配准或复位移动", "by an accepted registration or reduction"},
    {"moved", "shift_mm", "平移", "shifted by this"},
    {"moved", "rotate_deg", "绕轴转动", "turned about the axis"},
    {"moved", "about", "转动的轴线", "axis of the turn"},
    {"register", "moving", "移动的部件", "the part that moves"},
    {"register", "fixed", "不动的部件", "the part that stays"},
    {"reduction", "fragments", "骨折块", "the fragments"},
    {"reduction", "onto", "复位到此部件（镜像的健侧）",
     "onto this part (the healthy side, mirrored)"},
    {"reduction", "near", "各骨折块所在的区域", "where each fragment lies"},
    {"reduction", "faces", "骨折面相接（meet）或不约束（free）",
     "broken faces meet, or are free"},
    {"faces", "a", "第一个骨块", "one piece"},
    {"faces", "b", "第二个骨块", "the other"},
    {"search", "entry_radius_mm", "进针点的范围", "how far about the entry"},
    {"search", "target_radius_mm", "目标点的范围", "how far about the target"},
    {"search", "wall_mm", "周围至少的骨壁", "least wall around it"},
    {"search", "sigmas", "按几倍不确定度留余量", "room for so many standard deviations"},
    {"search", "most_length_mm", "最大长度", "greatest length"},
    {"search", "direction", "大致方向", "about this direction"},
    {"search", "most_angle_deg", "与此方向的最大夹角", "greatest angle to it"},
    {"measure", "what", "测量什么", "what is measured"},
    {"measure", "of", "对象", "of what"},
    {"measure", "view", "在此平面的片上看", "as seen on a film of this plane"},
    {"measure", "view_plane", "或沿此平面的法向看", "or along the normal of this one"},

    {NULL, "file", "文件", "the file"},
    {NULL, "sigma_mm", "标准不确定度", "one standard deviation"},
    {NULL, "at_mm", "位置", "where it is"},
    {NULL, "part", "部件", "the part"},
    {NULL, "plane", "平面", "the plane"},
    {NULL, "kerf_mm", "锯缝", "what the saw takes"},
    {NULL, "tolerance_mm", "算作接触的距离", "what counts as contact"},
    {NULL, "landmarks", "成对的标志点：移动的、固定的", "pairs of landmarks: moving, fixed"},
    {NULL, "limit_mm", "误差上限（均方根）", "greatest error (rms)"},
    {NULL, "kept", "采用表面的比例", "share of the surface that is used"},
    {NULL, "accepted", "已接受的结果摘要", "digest of what was accepted"},
    {NULL, "accepted_by", "接受人", "who accepted it"},
    {NULL, "entry", "进入点", "where it enters"},
    {NULL, "target", "目标点", "where it goes"},
    {NULL, "diameter_mm", "直径", "its diameter"},
    {NULL, "clear_of", "须避开的部件", "parts to keep clear of"},
    {NULL, "margin_mm", "至少的距离", "least distance"},
    {NULL, "within", "须在此部件内", "must lie within this part"},
    {NULL, "entry_free_mm", "入口处不计骨壁的长度", "length at the entry without wall"},
    {NULL, "scan", "给出沿途灰度的扫描", "scan for the grey values along it"},
};

const struct nw_plan_words *nw_plan_words_of(const char *kind, const char *member)
{
    const struct nw_plan_words *found = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct nw_plan_words *w = &rows[i];
        const bool own = w->kind && strcmp(w->kind, kind) == 0;
        if (member ? !w->member || strcmp(w->member, member) != 0 || (w->kind && !own)
                   : w->member || !own)
            continue;
        if (own || !found)
            found = w;
    }
    return found;
}
