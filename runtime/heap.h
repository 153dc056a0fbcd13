// The allocator of compiled programs: small blocks from pages of one size each, large ones from malloc.
//
// Why not malloc alone: programs of small counted objects spend much of their time here. Making, walking and dropping
// trees of half a million nodes takes 0.7 s with this, 1.0 s with glibc's malloc, and a block has no header. Why not
// mimalloc: 1.0 s on the same load, and Debian ships it only as a shared library, which triples the time a program
// takes to start (0.5 ms, then 1.4 ms).
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
