// Loader: from the name of a module to its source. Each file is read once, whatever names it is reached by.
#ifndef QZ_DRIVER_LOADER_H
#define QZ_DRIVER_LOADER_H

#include "base/map.h"
#include "diag/context.h"

typedef struct Loader {
  Context *context;
  const char *working_folder;  // canonical; paths below it are shown relative
  const char *std_folder;      // canonical; NULL: not found
  const char *project_folder;  // the nearest one above the root file that holds quartz.toml, or NULL
  const char *const *include;  // -I
  uint32_t include_count;
  Map by_path;    // hash of the canonical path → LoadedFile, those of one hash chained
  Map by_source;  // Source → LoadedFile
} Loader;

void loader_init(Loader *loader, Context *context, const char *const *include, uint32_t include_count);

// The file the compilation begins with. NULL after a message.
const Source *loader_root(Loader *loader, const char *path);

// Module `path` ("net/http") as imported from `importer` (NULL: by the compiler itself, from std). Looks beside the
// importer, in the project, in the -I folders, in std; `path.qz` before `path/mod.qz`. Modules of std look only beside
// themselves and in std, so that no program's file can take the place of one of theirs. `loader` is a Loader.
const Source *loader_import(void *loader, const Source *importer, const char *path);

// The path of the module nearest to `path` of those that loader_import would find, or NULL. Equal to `path` when it
// would find that.
const char *loader_nearest(void *loader, const Source *importer, const char *path);

// Where the standard library is: $QUARTZ_STD, or found from the compiler's own place. NULL: nowhere.
const char *loader_std_folder(Arena *arena);

#endif
