// The builders that grammar.y calls, one for each node, and the parser's state; private to this folder.
#ifndef QZ_PARSER_BUILD_H
#define QZ_PARSER_BUILD_H

#include "lexer/lexer.h"
#include "parser/parser.h"

enum { PARSER_ERRORS_MAX = 100 };

typedef struct Parser {
  Context *context;
  const TokenList *list;
  uint32_t at;            // index of the token being read
  VEC(AstNode *) scratch;  // the lists that are still growing, one above the other
  VEC(Name) labels;       // of the loops around this place
  AstNode *module;
  uint32_t error_count;
  uint32_t resumed_at;    // index of the token from which reading went on
  bool has_failed;        // the token just read was a syntax error
  bool is_too_deep;       // QZ0011 was given
  bool is_careful;        // ask before each token whether it fits, for better messages
} Parser;

// A list that is still growing: `count` items of the scratch stack from `base` on. What lies above them was left by
// lists that an error cut off.
typedef struct ListMark {
  uint32_t base, count;
} ListMark;

typedef struct AttributeList {
  ListMark list;
  uint32_t start;  // of the first one; 0: none
} AttributeList;

typedef struct StringParts {
  ListMark list;
  uint32_t start;
} StringParts;

typedef struct ForClause {
  AstNode *pattern, *iterable, *cond;
} ForClause;

ListMark list_start(Parser *parser, AstNode *item);
ListMark list_add(Parser *parser, ListMark mark, AstNode *item);
AstList *list_end(Parser *parser, ListMark mark);
AstList *list_one(Parser *parser, AstNode *item);

// A complete node: its height is set. Too high a tree becomes poison, with QZ0011 once.
AstNode *node_done(Parser *parser, AstNode *node);
void report_height(Parser *parser, const AstNode *node);
Diag *parser_error(Parser *parser, DiagId id, Span span, const char *format, ...) __attribute__((format(printf, 4, 5)));

// ── build_decl.c ────────────────────────────────────────────────────────────────────────────────────────────────
void build_module(Parser *parser, AstList *decls);
AttributeList attributes_none(void);
AttributeList attributes_add(Parser *parser, AttributeList list, AstNode *attribute);
AstNode *build_attribute(Parser *parser, Token name, AstList *args, Token last);
void attribute_check(Parser *parser, Token name);  // attribute.c
AstNode *build_declared(Parser *parser, AttributeList attributes, const Token *private, AstNode *decl);
AstNode *build_private_section(Parser *parser, AttributeList attributes, Token token);
AstNode *build_import(Parser *parser, Token first, Token path, const Token *alias, Token last);
AstNode *build_import_all(Parser *parser, Token first, Token path);
AstNode *build_import_names(Parser *parser, Token first, Token path, AstList *names);
AstNode *build_import_name(Parser *parser, Token name, const Token *alias, Token last);
AstNode *build_import_predicate(Parser *parser, Token name, Token question);
AstNode *build_function(Parser *parser, Token def, Token name, AstList *type_params, AstList *params, AstNode *result,
                        AstList *bounds, AstNode *body, Span end);
AstNode *build_extern(Parser *parser, Token first, Token abi, const Token *variadic, AstNode *function);
AstNode *build_param(Parser *parser, Token name, AstNode *type, AstNode *default_value);
AstNode *build_variadic_param(Parser *parser, Token name, AstNode *type, Token ellipsis);
AstNode *build_mut_param(Parser *parser, Token mut, Token name, AstNode *type);
AstNode *build_borrowed_self(Parser *parser, Token amp, Token name, bool is_mutable);
AstNode *build_pattern_param(Parser *parser, AstNode *pattern, AstNode *type);
AstNode *build_type_param(Parser *parser, Token name, AstList *bounds);
AstNode *build_where_bound(Parser *parser, AstNode *type, AstList *bounds);
AstNode *build_struct(Parser *parser, Token first, bool is_linear, Token name, AstList *type_params, AstList *bounds,
                      AstList *members, Token end);
AstNode *build_enum(Parser *parser, Token first, Token name, AstList *type_params, AstList *bounds, AstList *members,
                    Token end);
AstNode *build_trait(Parser *parser, Token first, Token name, AstList *type_params, AstList *supertraits,
                     AstList *members, Token end);
AstNode *build_impl(Parser *parser, Token first, bool is_negative, AstList *type_params, AstNode *trait, AstNode *type,
                    AstList *bounds, AstList *members, Token end);
AstNode *build_actor(Parser *parser, Token first, Token name, AstList *type_params, AstList *members, Token end);
AstNode *build_field_decl(Parser *parser, Token name, AstNode *type, AstNode *default_value);
AstNode *build_positional_field(Parser *parser, AstNode *type);
AstNode *build_variant(Parser *parser, Token name, AstList *fields, AstNode *tag, Span end);
AstNode *build_packed_struct(Parser *parser, Token first, AstNode *word, Token name, AstList *fields, Token end);
AstNode *build_packed_word(Parser *parser, Token name);
AstNode *build_bit_field(Parser *parser, Token name, AstNode *width);
AstNode *build_alias(Parser *parser, AstKind kind, Token first, Token name, AstList *type_params, AstNode *type);
AstNode *build_const(Parser *parser, Token first, Token name, AstNode *type, AstNode *value);
AstNode *build_global(Parser *parser, Token first, Token name, AstNode *type, AstNode *value);
AstNode *build_macro(Parser *parser, Token first, Token name, AstList *params, AstList *body, Token end);
AstNode *build_decl_macro_call(Parser *parser, AstNode *call);

// ── build_stmt.c ────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_poison(Parser *parser, Token skipped);
AstNode *build_block(Parser *parser, AstList *stmts, Token end);
AstNode *build_body(Parser *parser, AstList *stmts);
AstNode *build_do(Parser *parser, Token first, AstList *stmts, Token end);
AstNode *build_postfix_if(Parser *parser, AstNode *stmt, Token word, AstNode *cond);
AstNode *build_if(Parser *parser, Token first, AstNode *cond, AstNode *then_body, AstNode *else_body, Token end);
AstNode *build_elsif(Parser *parser, Token first, AstNode *cond, AstNode *then_body, AstNode *else_body);
AstNode *build_binding(Parser *parser, Token first, bool is_mutable, AstNode *pattern, AstNode *value);
AstNode *build_typed_binding(Parser *parser, Token first, bool is_mutable, Token name, AstNode *type, AstNode *value);
AstNode *build_assign(Parser *parser, AstNode *target, Token op, AstNode *value);
AstNode *build_return(Parser *parser, Token first, AstNode *value);
AstNode *build_break(Parser *parser, Token first, AstNode *value);
AstNode *build_continue(Parser *parser, Token first, const Token *label);
AstNode *build_defer(Parser *parser, Token first, AstNode *body);
void label_open(Parser *parser, Token name);
AstNode *build_labelled(Parser *parser, Token label, AstNode *loop);
AstNode *build_while(Parser *parser, Token first, AstNode *cond, AstList *body, Token end);
AstNode *build_loop(Parser *parser, Token first, AstList *body, Token end);
AstNode *build_for(Parser *parser, Token first, AstNode *pattern, AstNode *iterable, AstList *body, Token end);
AstNode *build_match(Parser *parser, Token first, AstNode *subject, AstList *arms, Token end);
AstNode *build_arm(Parser *parser, AstNode *pattern, AstNode *guard, AstNode *body);
AstNode *build_select(Parser *parser, Token first, AstList *arms, Token end);
AstNode *build_select_arm(Parser *parser, AstNode *binding, AstNode *operation, AstNode *body);
AstNode *build_select_else(Parser *parser, Token first, AstNode *body);
AstNode *build_quote(Parser *parser, Token first, AstList *stmts, Token end);
AstNode *build_unquote(Parser *parser, Token first, AstNode *value, Token end);

// ── build_expr.c ────────────────────────────────────────────────────────────────────────────────────────────────
AstOp token_operator(Token token);
AstNode *build_paren(Token open, AstNode *inner, Token close);
AstNode *build_ident(Parser *parser, Token token);
AstNode *build_int(Parser *parser, Token token);
AstNode *build_float(Parser *parser, Token token);
AstNode *build_char(Parser *parser, Token token);
AstNode *build_text(Parser *parser, AstKind kind, Token token);
AstNode *build_symbol(Parser *parser, Token token);
AstNode *build_bool(Parser *parser, Token token, bool value);
AstNode *build_nil(Parser *parser, Token token);
StringParts string_parts_start(Parser *parser, Token token);
StringParts string_parts_add(Parser *parser, StringParts parts, AstNode *value, Token token);
AstNode *build_interpolation(Parser *parser, StringParts parts, AstNode *value, Token end);
AstNode *build_tuple(Parser *parser, Token first, AstList *elements, Token end);
AstNode *build_array(Parser *parser, Token first, AstList *elements, Token end);
AstNode *build_array_fill(Parser *parser, Token first, AstNode *value, AstNode *count, Token end);
AstNode *build_comprehension(Parser *parser, Token first, AstNode *key, AstNode *value, ForClause clause, Token end);
AstNode *build_spread(Parser *parser, Token first, AstNode *value);
AstNode *build_map(Parser *parser, Token first, AstList *entries, Token end);
AstNode *build_map_entry(Parser *parser, AstNode *key, AstNode *value);
AstNode *build_record(Parser *parser, Token first, AstList *fields, Token end);
AstNode *build_field_init(Parser *parser, Token name, AstNode *value);
AstNode *build_struct_lit(Parser *parser, AstNode *type, AstList *fields, Token end);
AstNode *build_unary(Parser *parser, Token first, AstOp op, AstNode *operand);
AstNode *build_binary(Parser *parser, AstNode *left, Token op, AstNode *right);
AstNode *build_pipe(Parser *parser, AstNode *value, AstNode *call);
AstNode *build_range(Parser *parser, AstNode *start, Token op, AstNode *end);
AstNode *build_go(Parser *parser, Token first, AstNode *body);
AstNode *build_await(Parser *parser, Token first, AstNode *operand);
AstNode *build_cast(Parser *parser, AstNode *operand, AstNode *type);
AstNode *build_field(Parser *parser, AstNode *object, Token name);
AstNode *build_tuple_field(Parser *parser, AstNode *object, Token index);
AstNode *build_path(Parser *parser, AstNode *scope, Token name);
AstNode *build_index(Parser *parser, AstNode *object, AstList *args, Token end);
AstNode *build_type_apply(Parser *parser, AstNode *base, AstList *args, Token end);
AstNode *build_arg(Parser *parser, Span first, Name name, bool is_spread, AstNode *value);
AstNode *build_call(Parser *parser, AstNode *callee, AstList *args, Token end);
AstNode *build_method_call(Parser *parser, AstNode *receiver, Token name, AstList *type_args, AstList *args, Token end);
AstNode *build_trailing_block(Parser *parser, AstNode *call, AstNode *block);
AstNode *build_macro_call(Parser *parser, Token name, AstList *args, Span end);
AstNode *build_postfix_macro(Parser *parser, Name name, AstNode *value, Token mark);
AstNode *build_lambda(Parser *parser, Span first, AstList *params, AstNode *result, AstNode *body);
AstNode *build_do_lambda(Parser *parser, Token first, AstList *params, AstList *stmts, Token end);

// ── build_regex.c ───────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_regex(Parser *parser, Token token);
AstNode *build_pat_regex(Parser *parser, Token token);

// ── build_pattern.c ─────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_pat_bind(Parser *parser, Token name, AstNode *pattern);
AstNode *build_pat_value(Parser *parser, AstNode *value);
AstNode *build_pat_name(Parser *parser, AstNode *path);
AstNode *build_pat_range(Parser *parser, AstNode *start, Token op, AstNode *end);
AstNode *build_pat_variant(Parser *parser, AstNode *path, AstList *args, Token end);
AstNode *build_pat_record(Parser *parser, AstNode *type, Span first, AstList *fields, Token end);
AstNode *build_pat_field(Parser *parser, Token name, AstNode *pattern);
AstNode *build_pat_rest(Parser *parser, Token first, const Token *name);
AstNode *build_pat_group(Parser *parser, AstKind kind, Token first, AstList *patterns, Token end);
AstNode *build_pattern_list(Parser *parser, AstKind kind, AstList *patterns);
AstNode *build_pat_type(Parser *parser, Token name, AstNode *type);
AstNode *pattern_from_expr(Parser *parser, AstNode *expr);

// ── build_type.c ────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_type_name(Parser *parser, AstNode *scope, Token name);
AstNode *build_type_args(Parser *parser, AstNode *name, AstList *args, Token end);
AstNode *build_type_list(Parser *parser, AstKind kind, AstList *types);
AstNode *build_type_fn(Parser *parser, Token first, AstList *params, AstNode *result, Span end);
AstNode *build_type_borrow(Parser *parser, Token first, bool is_mutable, AstNode *inner);
AstNode *build_type_tuple(Parser *parser, Token first, AstList *elements, Token end);
AstNode *build_type_record(Parser *parser, Token first, AstList *fields, Token end);
AstNode *build_type_array(Parser *parser, Token first, AstNode *element, AstNode *count, Token end);
AstNode *build_type_never(Parser *parser, Token token);
AstNode *build_type_impl(Parser *parser, Token first, AstList *bounds);

// ── grammar.y: the parser that lemon makes ──────────────────────────────────────────────────────────────────────
enum { GRAMMAR_PARSER_SIZE = 256, GRAMMAR_EXPECTED_MAX = 256 };
void QzParserInit(void *lemon, Parser *parser);
void QzParserFinalize(void *lemon);
void QzParser(void *lemon, int kind, Token token);
// Whether tokens could come next, and whether one could be shifted without any reduction.
bool grammar_accepts_all(void *lemon, const TokenKind *kinds, int count);
bool grammar_accepts(void *lemon, TokenKind kind);
bool grammar_shifts(void *lemon, TokenKind kind);
// Takes the newest symbol off the stack. False: it was the last. `token` is filled when it was a token.
bool grammar_pop(void *lemon, Token *token);

// parser.c
AstNode *parser_read(Context *context, const TokenList *list);
void parser_report(Parser *parser, void *lemon, Token found);

#endif
