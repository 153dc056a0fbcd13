// Files: reading sources, writing results so that nothing half-written is left, private temporary folders.
#ifndef QZ_DRIVER_FILE_H
#define QZ_DRIVER_FILE_H

#include "base/text.h"
#include "base/vec.h"

typedef struct FileText {
  const char *data;  // `size` bytes and a NUL; NULL: could not be read
  size_t size;
  const char *error;  // why it could not be read
} FileText;

typedef VEC(const char *) PathList;

// The files below a folder that are wanted, ordered by their names, without hidden ones; what is no folder is added as
// it is.
typedef bool FileWanted(const char *name);
void files_at(Arena *arena, const char *path, FileWanted *wanted, PathList *found);

FileText file_read(Arena *arena, const char *path);
bool file_exists(const char *path);

// The folder part of a path ("." when there is none), and the last part.
const char *path_folder(Arena *arena, const char *path);
const char *path_base(const char *path);
const char *path_join(Arena *arena, const char *folder, const char *name);

// A result is written to `temporary` beside `final` and takes its name when it is complete. What is no ordinary file
// (a device, a pipe) is written in place.
typedef struct Staged {
  const char *final;
  const char *temporary;  // equal to final: in place
} Staged;

// False, and why, when `path` cannot be written. Creates the temporary.
bool staged_open(Staged *staged, Arena *arena, const char *path, Text *why);
bool staged_write(const Staged *staged, const char *bytes, size_t size, Text *why);
bool staged_keep(const Staged *staged, Text *why);
void staged_drop(const Staged *staged);

// A new folder below $TMPDIR that only this user can enter; NULL, and why.
const char *scratch_new(Arena *arena, Text *why);
// Removes a folder and all that is in it.
void scratch_remove(const char *folder);

#endif
