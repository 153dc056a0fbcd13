// Vec: a growable array in an arena. `VEC(T) items = {0};` is an empty one; `items.data[i]`, `items.size` read it.
#ifndef QZ_BASE_VEC_H
#define QZ_BASE_VEC_H

#include <assert.h>

#include "base/arena.h"

#define VEC(T)         \
  struct {             \
    T *data;           \
    uint32_t size;     \
    uint32_t capacity; \
  }

// Doubles the room. The old array stays in the arena until the arena goes.
void *vec_grow(Arena *arena, void *data, uint32_t size, uint32_t *capacity, size_t item_size);

#define vec_push(arena, vec, ...)                                                                                  \
  ((vec)->size == (vec)->capacity                                                                                  \
       ? (void)((vec)->data = vec_grow((arena), (vec)->data, (vec)->size, &(vec)->capacity, sizeof *(vec)->data)) \
       : (void)0,                                                                                                  \
   (vec)->data[(vec)->size++] = (__VA_ARGS__))

#define vec_pop(vec) (assert((vec)->size), (vec)->data[--(vec)->size])
#define vec_last(vec) (assert((vec)->size), &(vec)->data[(vec)->size - 1])

#endif
