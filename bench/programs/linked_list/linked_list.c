// A singly linked list: built, reversed in place, sorted by merging, summed.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 200000, ROUNDS = 3 };

typedef struct Node Node;
struct Node {
  int64_t value;
  Node *next;
};

static Node *build(int64_t size, int64_t seed) {
  Node *list = NULL;
  for (int64_t i = 0; i < size; i++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    Node *node = malloc(sizeof *node);
    *node = (Node){seed, list};
    list = node;
  }
  return list;
}

static Node *reversed(Node *list) {
  Node *done = NULL;
  while (list) {
    Node *rest = list->next;
    list->next = done;
    done = list;
    list = rest;
  }
  return done;
}

// Cuts the list behind its first `size` nodes and gives what was behind them.
static Node *split(Node *list, int64_t size) {
  for (; list; list = list->next)
    if (--size == 0) {
      Node *rest = list->next;
      list->next = NULL;
      return rest;
    }
  return NULL;
}

static Node *merge(Node *a, Node *b) {
  Node head = {0, NULL}, *last = &head;
  while (a && b) {
    Node **least = b->value < a->value ? &b : &a;
    last->next = *least;
    last = *least;
    *least = last->next;
  }
  last->next = a ? a : b;
  return head.next;
}

static Node *sorted(Node *list, int64_t size) {
  if (size < 2) return list;
  int64_t half = size / 2;
  Node *rest = split(list, half);
  return merge(sorted(list, half), sorted(rest, size - half));
}

static int64_t checksum(const Node *list) {
  int64_t sum = 0;
  for (; list; list = list->next) sum = (sum * 31 + list->value) % 1000000007;
  return sum;
}

static void drop(Node *list) {
  while (list) {
    Node *next = list->next;
    free(list);
    list = next;
  }
}

int main(void) {
  int64_t sum = 0;
  for (int64_t round = 0; round < ROUNDS; round++) {
    Node *list = sorted(reversed(build(SIZE, round)), SIZE);
    sum = (sum + checksum(list)) % 1000000007;
    drop(list);
  }
  printf("%" PRId64 "\n", sum);
  return 0;
}
