// The pages that all heaps are made of, and what becomes of those that none needs.
#ifndef QZ_RUNTIME_HEAP_PAGES_H
#define QZ_RUNTIME_HEAP_PAGES_H

#include <stddef.h>
#include <stdint.h>

// `base`: where `size` bytes of address space begin, whole pages; `marks`: so many bytes of zeros for notes on them.
void qz_pages_start(uintptr_t base, size_t size, void *marks);
size_t qz_pages_marks_size(size_t size);

void *qz_page_take(void);  // with anything in it; NULL: all are in use
void qz_page_give(void *page);

// What nobody needed for long goes back to the system, if it is time to. As qz_heap_look.
int64_t qz_pages_look(int64_t now);

#endif
