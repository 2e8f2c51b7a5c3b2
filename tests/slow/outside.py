"""What other programs find in a model: outside.py edges FILE.stl prints how many open and
non-manifold edges VTK's feature-edge filter sees; outside.py parts FILE.3mf prints a line for
each part lib3MF reads: its triangles, the colour of its material, its name."""
import ctypes
import ctypes.util
import sys


def edges(path):
    from vtkmodules.vtkFiltersCore import vtkFeatureEdges
    from vtkmodules.vtkIOGeometry import vtkSTLReader

    reader = vtkSTLReader()
    reader.SetFileName(path)
    found = vtkFeatureEdges()
    found.SetInputConnection(reader.GetOutputPort())
    found.BoundaryEdgesOn()
    found.NonManifoldEdgesOn()
    found.FeatureEdgesOff()
    found.ManifoldEdgesOff()
    found.Update()
    print(found.GetOutput().GetNumberOfCells())


def parts(path):
    lib = ctypes.CDLL(ctypes.util.find_library("3MF") or "lib3MF.so.1")
    pointer, number = ctypes.c_void_p, ctypes.c_uint32

    def get(function, made, *given):
        out = made()
        if getattr(lib, "lib3mf_" + function)(*given, ctypes.byref(out)) != 0:
            raise SystemExit(function + " failed")
        return out

    model = get("createmodel", pointer)
    reader = get("model_queryreader", pointer, model, b"3mf")
    if lib.lib3mf_reader_readfromfileutf8(reader, path.encode()) != 0:
        raise SystemExit("lib3MF does not read it")
    if get("reader_getwarningcount", number, reader).value:
        raise SystemExit("lib3MF warns")
    each = get("model_getmeshobjects", pointer, model)
    while get("resourceiterator_movenext", ctypes.c_int, each).value:
        part = get("resourceiterator_getcurrent", pointer, each)
        count = get("meshobject_gettrianglecount", number, part).value
        name = ctypes.create_string_buffer(400)
        need = ctypes.c_uint32()
        lib.lib3mf_object_getnameutf8(part, name, ctypes.c_uint32(400), ctypes.byref(need))
        handler = get("object_createdefaultpropertyhandler", pointer, part)
        group, index = number(), number()
        lib.lib3mf_defaultpropertyhandler_getbasematerial(
            handler, ctypes.byref(group), ctypes.byref(index))
        materials = get("model_getresourcebyid", pointer, model, group)
        rgba = [ctypes.c_uint8() for _ in range(4)]
        lib.lib3mf_basematerial_getdisplaycolor(
            materials, index, *[ctypes.byref(c) for c in rgba])
        colour = "".join("%02x" % c.value for c in rgba[:3])
        print("%d #%s %s" % (count, colour, name.value.decode()))


{"edges": edges, "parts": parts}[sys.argv[1]](sys.argv[2])
