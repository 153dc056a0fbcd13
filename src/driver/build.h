// Building in a worker process, as the commands need it.
#ifndef QZ_DRIVER_BUILD_H
#define QZ_DRIVER_BUILD_H

#include "driver/compile.h"

typedef struct BuildTask BuildTask;
struct BuildTask {
  const Options *options;
  CompileJob job;
  // What the worker does with a finished compilation; NULL: nothing more. Gives its exit status.
  int (*then)(const BuildTask *task);
};

// The body of a worker (a WorkerBody; `task` is a BuildTask): compiles, says what there is to say, goes on to `then`.
int build_work(void *task);

// Replaces the process by the program that was built; words[0] is its name, the last one NULL. Comes back, with an exit
// status, only if that fails.
int build_exec(const BuildTask *task, char **words);

// The name of what is made from `path`: its last part without .qz.
const char *build_name(Arena *arena, const char *path);

#endif
