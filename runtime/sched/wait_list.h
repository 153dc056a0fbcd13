// Fibers that wait for one thing, first in, first out. The lock of that thing guards the list. A node lies on the stack
// of the fiber that waits; whoever takes it from the list and claims the fiber must not touch it after the claim, and a
// fiber that was woken by something else unlinks its node, under the lock, before its frame goes.
#ifndef QZ_SCHED_WAIT_LIST_H
#define QZ_SCHED_WAIT_LIST_H

#include "runtime/sched/worker.h"

typedef struct QzWaitNode {
  struct QzWaitNode *next, **place;  // place is what leads here; NULL: in no list
  QzFiber *fiber;
  QzTicket ticket;
  uint32_t reason;                   // what to claim with
  void *slot;                        // where what is handed over comes from, or goes
} QzWaitNode;

typedef struct QzWaitList {
  QzWaitNode *first, **last;  // last: where the next one is linked; NULL: nothing ever was
} QzWaitList;

static inline void qz_wait_list_put(QzWaitList *list, QzWaitNode *node) {
  if (!list->first) list->last = &list->first;
  node->next = NULL;
  node->place = list->last;
  *list->last = node;
  list->last = &node->next;
}

static inline void qz_wait_list_put_first(QzWaitList *list, QzWaitNode *node) {
  node->next = list->first;
  node->place = &list->first;
  if (node->next) node->next->place = &node->next;
  else list->last = &node->next;
  list->first = node;
}

// True: it was in the list.
static inline bool qz_wait_list_remove(QzWaitList *list, QzWaitNode *node) {
  if (!node->place) return false;
  *node->place = node->next;
  if (node->next) node->next->place = node->place;
  else list->last = node->place;
  node->place = NULL;
  return true;
}

static inline QzWaitNode *qz_wait_list_take(QzWaitList *list) {
  QzWaitNode *node = list->first;
  if (node) qz_wait_list_remove(list, node);
  return node;
}

#endif
