// The printer's state and its parts; private to this folder. Printing is used for macro templates, messages, the round
// trip tests and `quartz fmt`.
#ifndef QZ_PARSER_PRINT_H
#define QZ_PARSER_PRINT_H

#include "lexer/lexer.h"
#include "parser/ast.h"

enum { PRINT_WIDTH = 120, PRINT_INDENT = 2 };

typedef struct Printer {
  Text *out;
  const Interner *names;
  uint32_t indent;       // in levels
  uint32_t flat;         // above 0: a list is being tried on one line
  size_t behind;         // columns of what has to stand on the line that the next list ends on
  bool in_section;       // behind a `private` alone on its line
  const Source *source;  // NULL: layout and comments of the original are not known
  const TokenList *list;
  uint32_t comment;      // index of the first comment not yet printed
  uint32_t printed_to;   // global position up to which the original has been printed
} Printer;

// How tightly an expression binds, loosest first: the levels of grammar.y.
typedef enum Level {
  LEVEL_STATEMENT,
  LEVEL_LAMBDA,
  LEVEL_PIPE,
  LEVEL_OR,
  LEVEL_AND,
  LEVEL_NOT,
  LEVEL_COMPARE,
  LEVEL_RANGE,
  LEVEL_BIT_OR,
  LEVEL_BIT_XOR,
  LEVEL_BIT_AND,
  LEVEL_SHIFT,
  LEVEL_ADD,
  LEVEL_MULTIPLY,
  LEVEL_UNARY,
  LEVEL_POWER,
  LEVEL_CAST,
  LEVEL_POSTFIX,
} Level;

void print_text(Printer *printer, const char *text);
void print_name(Printer *printer, Name name);
void print_line(Printer *printer);  // a newline and the indentation
void print_cut(Printer *printer, size_t size);  // takes back what was printed behind the first `size` bytes
// Items between `open` and `close`: on one line when they fit, else one a line. `padding` stands inside the brackets.
typedef void PrintItem(Printer *printer, const AstNode *item);
void print_group(Printer *printer, const AstList *list, const char *open, const char *close, const char *padding,
                 PrintItem *item);
void print_commas(Printer *printer, const AstList *list, const char *separator, PrintItem *item);
// `<…>`, on one line: at a newline `<` is less-than. Nothing for no list.
void print_angles(Printer *printer, const AstList *list, PrintItem *item);
// Statements, members or arms, one a line, one level deeper, with the comments and blank lines between them.
void print_lines(Printer *printer, const AstList *list, uint32_t end, PrintItem *item);
// Whether the node stood on more than one line; `unknown` when the original is not known.
bool print_was_split(const Printer *printer, Span span, bool unknown);
void print_comments(Printer *printer, uint32_t position, bool is_first);
void print_trailing_comment(Printer *printer, uint32_t end);  // what follows on the line of what ended there

// print_expr.c
void print_node(Printer *printer, const AstNode *node);
void print_level(Printer *printer, const AstNode *node, Level level);
void print_expr(Printer *printer, const AstNode *node);
void print_body(Printer *printer, const AstNode *block, uint32_t end);
void print_statement(Printer *printer, const AstNode *node);

// print_decl.c
void print_decl(Printer *printer, const AstNode *node);
void print_doc(Printer *printer, Name doc);
void print_params(Printer *printer, const AstList *params);
void print_param(Printer *printer, const AstNode *node);
bool print_is_apart(const AstNode *before, const AstNode *after);

// print_pattern.c
void print_pattern(Printer *printer, const AstNode *node);
void print_type(Printer *printer, const AstNode *node);
void print_type_args(Printer *printer, const AstList *args);
void print_bounds(Printer *printer, const AstList *bounds);

// print_literal.c
void print_literal(Printer *printer, const AstNode *node);
void print_interpolation(Printer *printer, const AstNode *node);

#endif
