// Names: every identifier and literal text of a compilation, stored once. A Name is a small number, so equal text is
// an equal number, and the names the compiler itself knows (known_names.def) are constants that a switch can use.
#ifndef QZ_BASE_INTERNER_H
#define QZ_BASE_INTERNER_H

#include "base/vec.h"

typedef uint32_t Name;  // 0: no name

enum {
  NAME_NONE = 0,
#define KNOWN_NAME(id, text) NAME_##id,
#include "base/known_names.def"
  KNOWN_NAME_COUNT
};

typedef struct NameEntry {
  const char *text;  // NUL-terminated; may hold NULs of its own when it is a literal
  uint32_t size;
  uint32_t hash;
} NameEntry;

typedef struct Interner {
  Arena *arena;
  VEC(NameEntry) entries;  // by Name
  Name *slots;
  uint32_t slot_count;  // a power of two
} Interner;

void interner_init(Interner *names, Arena *arena);
Name name_intern(Interner *names, const char *text, size_t size);
Name name_from(Interner *names, const char *string);

static inline const char *name_text(const Interner *names, Name name) { return names->entries.data[name].text; }
static inline uint32_t name_size(const Interner *names, Name name) { return names->entries.data[name].size; }

#endif
