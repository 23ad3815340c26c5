"""What the file of an engine needs and offers, as JSON: ELF, Mach-O and PE are read by lief.

    python inspect.py FILE
"""

import json
import sys

import lief

binary = lief.parse(sys.argv[1])
found = {
    "libraries": [str(getattr(library, "name", library)) for library in binary.libraries],
    "exported": [function.name for function in binary.exported_functions],
    # Of every library, and of the program that loads it.
    "imported": [function.name for function in binary.imported_functions],
}
if isinstance(binary, lief.ELF.Binary):
    found["imported"] = [symbol.name for symbol in binary.dynamic_symbols if symbol.shndx == 0]
    found["versions"] = [
        need.name for entry in binary.symbols_version_requirement for need in entry.get_auxiliary_symbols()
    ]
if isinstance(binary, lief.MachO.Binary):
    own = lief.MachO.LoadCommand.TYPE.ID_DYLIB
    found["libraries"] = [library.name for library in binary.libraries if library.command != own]
    found["exported"] = [name.removeprefix("_") for name in found["exported"]]
    # Found when the engine is loaded, by name alone: those that are bound to no library.
    found["imported"] = [
        symbol.name.removeprefix("_")
        for symbol in binary.imported_symbols
        if not (symbol.has_binding_info and symbol.binding_info.has_library)
    ]
    found["system"] = ".".join(map(str, binary.build_version.minos[:2]))
    found["isSigned"] = binary.has_code_signature
print(json.dumps(found))
