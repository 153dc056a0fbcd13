// Makes and drops perfect binary trees: allocation and freeing of small objects.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Tree Tree;
struct Tree {
  Tree *left, *right;
};

static Tree *grow(int depth) {
  Tree *tree = malloc(sizeof *tree);
  tree->left = depth ? grow(depth - 1) : NULL;
  tree->right = depth ? grow(depth - 1) : NULL;
  return tree;
}

static int64_t size(const Tree *tree) { return tree ? 1 + size(tree->left) + size(tree->right) : 0; }

static void drop(Tree *tree) {
  if (!tree) return;
  drop(tree->left);
  drop(tree->right);
  free(tree);
}

static int64_t size_of_new(int depth) {
  Tree *tree = grow(depth);
  int64_t result = size(tree);
  drop(tree);
  return result;
}

enum { DEPTH_MAX = 17 };

int main(void) {
  printf("stretch %" PRId64 "\n", size_of_new(DEPTH_MAX + 1));
  Tree *long_lived = grow(DEPTH_MAX);
  for (int depth = 4; depth <= DEPTH_MAX; depth += 4) {
    int64_t count = INT64_C(1) << (DEPTH_MAX - depth + 4), total = 0;
    for (int64_t i = 0; i < count; i++) total += size_of_new(depth);
    printf("%" PRId64 " of depth %d: %" PRId64 "\n", count, depth, total);
  }
  printf("long lived %" PRId64 "\n", size(long_lived));
  drop(long_lived);
  return 0;
}
