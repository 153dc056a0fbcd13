#include "base/interner.h"

#include <string.h>

#include "base/map.h"

static const char *const known_names[] = {
#define KNOWN_NAME(id, text) text,
#include "base/known_names.def"
};

static Name *find_slot(const Interner *names, const char *text, size_t size, uint32_t hash) {
  uint32_t mask = names->slot_count - 1;
  for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
    Name name = names->slots[at];
    if (!name) return &names->slots[at];
    const NameEntry *entry = &names->entries.data[name];
    if (entry->hash == hash && entry->size == size && memcmp(entry->text, text, size) == 0) return &names->slots[at];
  }
}

static void grow(Interner *names) {
  names->slot_count *= 2;
  names->slots = arena_array(names->arena, Name, names->slot_count);
  for (Name name = 1; name < names->entries.size; name++) {
    const NameEntry *entry = &names->entries.data[name];
    *find_slot(names, entry->text, entry->size, entry->hash) = name;
  }
}

Name name_intern(Interner *names, const char *text, size_t size) {
  uint32_t hash = (uint32_t)hash_bytes(text, size);
  Name *slot = find_slot(names, text, size, hash);
  if (*slot) return *slot;
  Name name = *slot = names->entries.size;
  NameEntry entry = {arena_text(names->arena, text, size), (uint32_t)size, hash};
  vec_push(names->arena, &names->entries, entry);
  if (names->entries.size * 2 > names->slot_count) grow(names);
  return name;
}

Name name_from(Interner *names, const char *string) { return name_intern(names, string, strlen(string)); }

void interner_init(Interner *names, Arena *arena) {
  *names = (Interner){.arena = arena, .slot_count = 1024};
  names->slots = arena_array(arena, Name, names->slot_count);
  vec_push(arena, &names->entries, (NameEntry){"", 0, 0});
  for (Name name = 1; name < KNOWN_NAME_COUNT; name++) {
    Name made = name_from(names, known_names[name - 1]);
    assert(made == name && "a known name stands twice in known_names.def");
    (void)made;
  }
}
