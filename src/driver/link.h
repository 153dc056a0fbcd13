// Linking: objects and the runtime archive in, a program out.
#ifndef QZ_DRIVER_LINK_H
#define QZ_DRIVER_LINK_H

#include "base/text.h"

typedef struct LinkOptions {
  const char *const *objects;
  uint32_t object_count;
  const char *const *libraries;  // names as in @link("m"), without `lib`
  uint32_t library_count;
  const char *runtime;  // path of libquartz_rt.a; NULL: found beside the running compiler
  const char *output;   // what is there after a failure is no program: callers give a temporary name (Staged)
  bool strip;           // without symbols and debug information
  const char *sanitizer;  // NULL, or as in -fsanitize=thread: links with its runtime, and with ours made for it
  bool use_cc;          // through the system's C compiler, even where our own call of the linker would do
} LinkOptions;

// False, and what the linker said, when there is no program.
bool link_program(const LinkOptions *options, Arena *arena, Text *why);
// Makes one object, `output`, of all of them.
bool link_combine(const LinkOptions *options, Arena *arena, Text *why);
// Is there a linker that can do that for any target?
bool link_can_combine(Arena *arena);

#endif
