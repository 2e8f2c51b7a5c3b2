// The plan of guide.json for OpenSCAD: openscad -o OUT.stl -D 'bone="fibula.stl"' guide.scad
$fn = 96;
module bar(z, r, from, to) { translate([from, 118, z]) rotate([0, 90, 0]) cylinder(h = to - from, r = r); }
difference() {
    union() {
        translate([160, 100, 1060]) cube([36, 40, 60]);
        bar(1080, 4, 160, 210);
        bar(1100, 4, 160, 210);
    }
    import(bone);
    bar(1080, 1.25, 150, 220);
    bar(1100, 1.25, 150, 220);
    translate([150, 105, 1069.5]) cube([70, 30, 1]);
    translate([150, 105, 1109.5]) cube([70, 30, 1]);
}
