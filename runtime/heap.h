// The allocator of compiled programs: small blocks from pages of one size each, large ones from malloc.
//
// Why not malloc alone: a program of small counted objects spends most of its time here, and this is three to four
// times as fast as glibc's malloc on such loads (bench/: trees) and needs no header on a block. Why not mimalloc: as
// fast, but Debian ships it only as a shared library, which every program would then need and load.
#ifndef QZ_RUNTIME_HEAP_H
#define QZ_RUNTIME_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Everything from malloc instead, for valgrind and sanitizers: QUARTZ_ALLOC=system.
void qz_heap_start(bool use_system);

// Aligned to 8 bytes, to 16 where the size is a multiple of 16. NULL: there is no more. `size` is not 0.
void *qz_heap_alloc(size_t size);
void *qz_heap_realloc(void *memory, size_t old_size, size_t size);
void qz_heap_free(void *memory);  // NULL is allowed

#endif
