// Arena: memory with one lifetime. Everything the compiler allocates lives in an arena and goes with it.
#ifndef QZ_BASE_ARENA_H
#define QZ_BASE_ARENA_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
  ArenaBlock *newest;
  char *at;   // next free byte of the newest block
  char *end;  // one past its last byte
  size_t reserved;  // bytes taken from the system, for -v and the memory bench
} Arena;

// Zeroed memory of `size` bytes. Aborts with a message when the system has no more.
void *arena_alloc(Arena *arena, size_t size, size_t align);
// A copy of `size` bytes with a NUL behind it.
char *arena_text(Arena *arena, const char *text, size_t size);
// Gives everything back; the arena is empty and usable again.
void arena_free(Arena *arena);

// What an arena held at one time, for who does many things from one beginning: `arena_restore` brings it back byte for
// byte, at the same addresses, and gives back what came later.
typedef struct ArenaSnapshot {
  Arena arena;
  char *bytes;  // of its blocks, newest first
} ArenaSnapshot;

ArenaSnapshot arena_save(const Arena *arena);
void arena_restore(Arena *arena, const ArenaSnapshot *snapshot);
void arena_snapshot_free(ArenaSnapshot *snapshot);

#define arena_new(arena, T) ((T *)arena_alloc((arena), sizeof(T), alignof(T)))
#define arena_array(arena, T, count) ((T *)arena_alloc((arena), sizeof(T) * (size_t)(count), alignof(T)))

#endif
