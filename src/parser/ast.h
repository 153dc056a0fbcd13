// The AST: tagged nodes with named fields, all described by ast_nodes.def.
#ifndef QZ_PARSER_AST_H
#define QZ_PARSER_AST_H

#include "diag/context.h"

typedef enum __attribute__((packed)) AstKind {  // one byte, so that a node's head stays 32 bytes
#define F(member, field_kind, field)
#define AST_NODE(KIND, member, text, fields) AST_##KIND,
#include "parser/ast_nodes.def"
  AST_KIND_COUNT
} AstKind;

typedef enum AstOp {
#define OPERATOR(id, text, method) AST_OP_##id,
#include "parser/operators.def"
  AST_OP_COUNT
} AstOp;

// The parser (QZ0011) and the macro expander (QZ0302) refuse deeper trees.
enum { AST_HEIGHT_MAX = 2000 };

typedef struct AstNode AstNode;
struct Type;      // sema/type.h
struct SemaInfo;  // sema/sema.h

typedef struct AstList {
  uint32_t count;
  AstNode *items[];
} AstList;

// What a field of each kind is in C.
typedef AstNode *AstFieldNODE;
typedef AstNode *AstFieldOPT;
typedef AstList *AstFieldLIST;
typedef Name AstFieldNAME;
typedef Name AstFieldTEXT;
typedef AstOp AstFieldOP;
typedef uint64_t AstFieldINT;
typedef double AstFieldFLOAT;
typedef bool AstFieldFLAG;

struct AstNode {
  AstKind kind : 8;
  bool in_parens;      // stood in parentheses that its span includes; only the printer asks
  uint16_t height;     // 1 for a leaf; never above AST_HEIGHT_MAX, so that walks may recurse
  uint32_t expansion;  // 0, or the macro expansion this node came from (ExpansionTable)
  Span span;           // its own text: in the macro's definition or argument when it came from an expansion
  struct Type *type;      // set by sema on every expression, pattern and type
  struct SemaInfo *info;  // what else sema learned: symbol, callee, captures …
  union {                 // nodes are allocated only as large as their kind needs (ast_node_size)
#define F(member, field_kind, field) AstField##field_kind field;
#define AST_NODE(KIND, member, text, fields) \
  struct {                                   \
    fields                                   \
  } member;
#include "parser/ast_nodes.def"
  };
};

_Static_assert(offsetof(AstNode, type) == 16, "the head of a node has 32 bytes: there are millions");
_Static_assert(sizeof(AstNode) <= 96, "an AST node kind has grown: split it");

#define AST_LIST_COUNT(list) ((list) ? (list)->count : 0)
// for (AST_EACH(item, list)) … visits the children of a list, which may be NULL.
#define AST_EACH(item, list)                                                                      \
  AstNode **item##_at = (list) ? (AstNode **)(list)->items : NULL,                                \
          **item##_end = (list) ? (AstNode **)(list)->items + (list)->count : NULL, *item = NULL; \
  item##_at < item##_end && (item = *item##_at, true);                                            \
  item##_at++

typedef enum AstFieldKind {
  AST_FIELD_NODE,
  AST_FIELD_OPT,
  AST_FIELD_LIST,
  AST_FIELD_NAME,
  AST_FIELD_TEXT,
  AST_FIELD_OP,
  AST_FIELD_INT,
  AST_FIELD_FLOAT,
  AST_FIELD_FLAG,
} AstFieldKind;

typedef struct AstFieldInfo {
  AstFieldKind kind;
  const char *name;
  size_t offset;  // from the start of the node
} AstFieldInfo;

typedef struct AstKindInfo {
  const char *name;  // as in dumps
  size_t size;       // bytes to allocate
  const AstFieldInfo *fields;
  uint32_t field_count;
} AstKindInfo;

const AstKindInfo *ast_kind_info(AstKind kind);
const char *ast_op_text(AstOp op);
Name ast_op_method(AstOp op);  // 0: none

AstNode *ast_node(Arena *arena, AstKind kind, Span span);
// Sets the height from the children; call it when a node's fields are complete. False: higher than AST_HEIGHT_MAX.
bool ast_finish(AstNode *node);
AstList *ast_list(Arena *arena, AstNode *const *items, uint32_t count);  // NULL when count is 0

// Calls visit(child, data) for every direct child, in source order.
typedef void AstVisit(AstNode *child, void *data);
void ast_children(AstNode *node, AstVisit *visit, void *data);

// A fresh tree without sema's annotations; no node is shared with the original.
AstNode *ast_copy(Arena *arena, const AstNode *node);
bool ast_equal(const AstNode *a, const AstNode *b);  // the same tree, whatever the spans

// The tree as indented text, one node a line (--emit=ast).
void ast_dump(Text *out, const Interner *names, const AstNode *node);
// The tree as Quartz source that parses to an equal tree.
void ast_print(Text *out, const Interner *names, const AstNode *node);
// A file in its canonical layout, comments and blank lines kept (quartz fmt). False: it has errors, which are reported.
bool ast_format(Text *out, Context *context, const Source *source);

// Invariants after parse and after expansion: children present, spans nest (within one expansion), no node has two
// parents, after expansion no macro call. Returns false and fills `why` on the first violation.
typedef enum AstStage { AST_PARSED, AST_EXPANDED } AstStage;
bool ast_check(Context *context, AstNode *module, AstStage stage, Text *why);

#endif
