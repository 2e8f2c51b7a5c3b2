# `nuwa check` on meshes made to break readers, and on bones: what an independent reader finds
# in them, number by number, for three with a word on why ours is another.
. "$(dirname "$0")/tap.sh"
command -v jq >/dev/null || skip_all 'needs jq'
needs_data mesh_torture_trimesh && needs_data mesh_bones_vhm || { done_testing; exit; }

# judge FILE: parts, triangles, vertices, open, non-manifold and flipped edges; - when refused
judge()
{
    "$NUWA" check "$NUWA_DATA/$1" --quick --json 2>/dev/null | jq -r 'if .defect_counts then
        [.parts, .triangles, .vertices, .defect_counts.open_edge,
         .defect_counts.nonmanifold_edge, .defect_counts.flipped_edge] | join(" ")
        else "-" end'
}

# featuretype.STL: vertices are welded where they are the same bits; within 1e-5 it is closed.
# joined_tetrahedra.obj: the file names two objects, each a solid; they share five vertices.
# plane.ply: its one face of four corners is two triangles.
while read -r file want; do
    got=$(judge "$file")
    is "$(basename "$file")" "${got:--}" "$want"
done <<'EOF'
mesh_bones_vhm/VHM_Left_Bone_Calcaneous_smooth.stl 1 18464 9234 0 0 0
mesh_bones_vhm/VHM_Left_Bone_Coccyx_smooth.stl 1 2480 1242 0 0 0
mesh_bones_vhm/VHM_Left_Bone_Patella_smooth.stl 1 7068 3536 0 0 0
mesh_bones_vhm/VHM_Left_Bone_Phalanges_smooth.stl 12 34782 17411 0 0 0
mesh_bones_vhm/VHM_Left_Bone_Sacrum_smooth.stl 1 73664 36796 0 0 0
mesh_bones_vhm/VHM_Left_Bone_Talus_smooth.stl 1 11258 5631 0 0 0
mesh_bones_vhm/VHM_Right_Bone_Calcaneous_smooth.stl 1 17848 8926 0 0 0
mesh_bones_vhm/VHM_Right_Bone_Fibula_smooth.stl 1 33624 16814 0 0 0
mesh_bones_vhm/VHM_Right_Bone_Patella_smooth.stl 1 8176 4090 0 0 0
mesh_bones_vhm/VHM_Right_Bone_Talus_smooth.stl 1 11258 5631 0 0 0
mesh_torture_trimesh/20mm-xyz-cube.stl 1 260 132 0 0 0
mesh_torture_trimesh/7_8ths_cube.stl 1 24 14 0 0 0
mesh_torture_trimesh/ballA.off 1 3796 1900 0 0 0
mesh_torture_trimesh/bunny.ply 1 16301 8171 123 150 0
mesh_torture_trimesh/busted.STL 1 3878 1941 0 0 0
mesh_torture_trimesh/capsule.obj 1 10200 5252 302 0 0
mesh_torture_trimesh/comments.off 1 12 8 0 0 0
mesh_torture_trimesh/counterXP.3MF 6 83750 43276 0 0 0
mesh_torture_trimesh/cube_and_sphere_same_name.3mf 2 5132 2570 0 0 0
mesh_torture_trimesh/cubevt.obj 6 12 24 24 0 0
mesh_torture_trimesh/empty.obj -
mesh_torture_trimesh/empty.ply -
mesh_torture_trimesh/empty.stl -
mesh_torture_trimesh/featuretype.3MF 2 2208 1092 18 0 0
mesh_torture_trimesh/featuretype.ply 852 3476 5096 5074 0 0
mesh_torture_trimesh/featuretype.STL 1 3476 2010 576 0 0
mesh_torture_trimesh/fuze.obj 1 1000 502 0 0 0
mesh_torture_trimesh/fuze.ply 1 1000 502 0 0 0
mesh_torture_trimesh/fuze_ascii.ply 1 1000 502 0 0 0
mesh_torture_trimesh/joined_tetrahedra.obj 2 8 9 0 0 0
mesh_torture_trimesh/large_block.STL 1 12 8 0 0 0
mesh_torture_trimesh/multibody.stl 2 32 20 0 0 12
mesh_torture_trimesh/negative_indices.obj 1 12 8 0 0 0
mesh_torture_trimesh/plane.ply 1 2 4 4 0 0
mesh_torture_trimesh/points_ascii.ply -
mesh_torture_trimesh/polygonfaces.obj 1 3 5 5 0 0
mesh_torture_trimesh/round.stl 1 1120 560 0 0 0
mesh_torture_trimesh/soup.stl 100 100 300 300 0 0
mesh_torture_trimesh/teapot.stl 4 894 480 64 0 0
mesh_torture_trimesh/torus.STL 1 8700 4350 0 0 0
mesh_torture_trimesh/two_objects.obj 2 16 12 0 0 0
mesh_torture_trimesh/unit_cube.STL 1 12 8 0 0 0
mesh_torture_trimesh/unit_sphere.STL 1 1280 642 0 0 0
EOF
err_like 'without a triangle it is no surface' 'holds no triangle' \
    "$NUWA" check "$NUWA_DATA/mesh_torture_trimesh/points_ascii.ply" --lang en
done_testing
