// The grammar of Quartz (lemon). Every action builds one node through a builder of build.c and does nothing else; what
// a token sequence means beyond its shape is for sema.
//
// The lexer has decided whatever needs more than one token of look-ahead (see src/lexer/README.md). Expressions are one
// non-terminal with precedences; every decision those precedences make is in the reviewed list
// spec/parser/grammar_precedence.txt.
//
// A list is kept on the parser's scratch stack while it grows (ListMark) and becomes an AstList when it is complete.

%include {
#include <stdlib.h>

#include "parser/build.h"

#ifndef NDEBUG
#define NDEBUG  // lemon's tracing would need mutable globals
#endif
#define QzParser_ENGINEALWAYSONSTACK 1
#define YYNOERRORRECOVERY 1  // parser.c recovers: it knows from the lexer where a discarded block ends

int QzParserFallback(int token);
struct yyParser;
static void report_syntax_error(struct yyParser *lemon, Parser *parser, Token found);
}

%name QzParser
%token_prefix T_
%token_type { Token }
%default_type { AstNode * }
%extra_context { Parser *parser }
%stack_size 0
%start_symbol module

// In the order of tokens.def: a lexer's token kind is lemon's token number (asserted at the end of this file).
%token NEWLINE NAME TYPENAME INT FLOAT CHAR STRING STRING_START STRING_MIDDLE STRING_END BYTES REGEX SYMBOL
       MODULE_PATH ATTRIBUTE MACRO_NAME DEF DEF_HEAD END VAR CONST IF UNLESS POSTFIX_IF POSTFIX_UNLESS ELSIF ELSE
       THEN WHILE UNTIL LOOP FOR FOR_CLAUSE IN DO DO_PARAMS MATCH SELECT RETURN BREAK CONTINUE DEFER STRUCT ENUM
       TRAIT IMPL IMPL_TYPE EXTEND ACTOR TYPE NEWTYPE EXTERN MACRO IMPORT FROM AS PRIVATE WHERE TRUE FALSE NIL AND OR
       NOT GO AWAIT QUOTE UNQUOTE LINEAR PACKED MUT LPAREN LPAREN_CALL LPAREN_LAMBDA RPAREN LBRACKET LBRACKET_INDEX
       RBRACKET LBRACE LBRACE_STRUCT RBRACE LT_OPEN GT_CLOSE LAMBDA_NAME ARROW FAT_ARROW COMMA SEMICOLON COLON
       COLON_COLON DOT ELLIPSIS AT FN_TYPE NEVER ASSIGN ADD_ASSIGN SUB_ASSIGN MUL_ASSIGN DIV_ASSIGN MOD_ASSIGN
       POW_ASSIGN AND_ASSIGN OR_ASSIGN XOR_ASSIGN SHL_ASSIGN SHR_ASSIGN WRAP_ADD_ASSIGN WRAP_SUB_ASSIGN
       WRAP_MUL_ASSIGN PIPE EQ NE LT LE GT GE TILDE_MATCH RANGE RANGE_INCLUSIVE RANGE_OPEN BAR CARET AMP SHL SHR PLUS
       MINUS WRAP_ADD WRAP_SUB STAR SLASH PERCENT WRAP_MUL POW TILDE BANG BANG_POSTFIX QUESTION ERROR.

// Loosest first. LAMBDA, UNARY and FIELD only name a level.
%nonassoc LAMBDA.
%right ASSIGN ADD_ASSIGN SUB_ASSIGN MUL_ASSIGN DIV_ASSIGN MOD_ASSIGN POW_ASSIGN AND_ASSIGN OR_ASSIGN XOR_ASSIGN
       SHL_ASSIGN SHR_ASSIGN WRAP_ADD_ASSIGN WRAP_SUB_ASSIGN WRAP_MUL_ASSIGN.
%left PIPE.
%left OR.
%left AND.
%right NOT BANG.
%nonassoc EQ NE LT LE GT GE TILDE_MATCH.
%nonassoc RANGE RANGE_INCLUSIVE RANGE_OPEN.
%left BAR.
%left CARET.
%left AMP.
%left SHL SHR.
%left PLUS MINUS WRAP_ADD WRAP_SUB.
%left STAR SLASH PERCENT WRAP_MUL.
%right UNARY TILDE GO AWAIT.
%right POW.
%left AS.
%nonassoc FIELD.
%left DOT COLON_COLON LPAREN_CALL LBRACKET_INDEX LBRACE_STRUCT LT_OPEN BANG_POSTFIX QUESTION DO DO_PARAMS.

%syntax_error { report_syntax_error(yypParser, parser, TOKEN); }

// ── Modules ─────────────────────────────────────────────────────────────────────────────────────────────────────
module ::= . { build_module(parser, NULL); }
module ::= decls(L). { build_module(parser, list_end(parser, L)); }

%type decls { ListMark }
decls(A) ::= decl(D). { A = list_start(parser, D); }
decls(A) ::= decls(L) NEWLINE decl(D). { A = list_add(parser, L, D); }

decl(A) ::= attributes(L) decl_core(D). { A = build_declared(parser, L, NULL, D); }
decl(A) ::= attributes(L) PRIVATE(P) decl_core(D). { A = build_declared(parser, L, &P, D); }
decl(A) ::= attributes(L) PRIVATE(P). { A = build_private_section(parser, L, P); }
decl(A) ::= ERROR(E). { A = build_poison(parser, E); }

%type attributes { AttributeList }
attributes(A) ::= . { A = attributes_none(); }
attributes(A) ::= attributes(L) attribute(N). { A = attributes_add(parser, L, N); }
attributes(A) ::= attributes(L) attribute(N) NEWLINE. { A = attributes_add(parser, L, N); }
attribute(A) ::= ATTRIBUTE(T). { A = build_attribute(parser, T, NULL, T); }
attribute(A) ::= ATTRIBUTE(T) LPAREN_CALL args(L) RPAREN(E). { A = build_attribute(parser, T, L, E); }

decl_core(A) ::= import(D). { A = D; }
decl_core(A) ::= function(D). { A = D; }
decl_core(A) ::= EXTERN(T) STRING(S) function(D). { A = build_extern(parser, T, S, NULL, D); }
decl_core(A) ::= EXTERN(T) STRING(S) NAME(V) function(D). { A = build_extern(parser, T, S, &V, D); }
decl_core(A) ::= struct(D). { A = D; }
decl_core(A) ::= packed_struct(D). { A = D; }
decl_core(A) ::= enum(D). { A = D; }
decl_core(A) ::= trait(D). { A = D; }
decl_core(A) ::= impl(D). { A = D; }
decl_core(A) ::= actor(D). { A = D; }
decl_core(A) ::= TYPE(T) TYPENAME(N) type_params(P) ASSIGN type(R).
    { A = build_alias(parser, AST_TYPE_ALIAS, T, N, P, R); }
decl_core(A) ::= NEWTYPE(T) TYPENAME(N) type_params(P) ASSIGN type(R).
    { A = build_alias(parser, AST_NEWTYPE, T, N, P, R); }
decl_core(A) ::= constant(D). { A = D; }
decl_core(A) ::= global(D). { A = D; }
decl_core(A) ::= macro(D). { A = D; }
decl_core(A) ::= macro_call(C). { A = build_decl_macro_call(parser, C); }

// ── Imports ─────────────────────────────────────────────────────────────────────────────────────────────────────
import(A) ::= IMPORT(T) MODULE_PATH(P). { A = build_import(parser, T, P, NULL, P); }
import(A) ::= IMPORT(T) MODULE_PATH(P) AS NAME(N). { A = build_import(parser, T, P, &N, N); }
import(A) ::= IMPORT(T) STAR FROM MODULE_PATH(P). { A = build_import_all(parser, T, P); }
import(A) ::= FROM(T) MODULE_PATH(P) IMPORT import_names(L).
    { A = build_import_names(parser, T, P, list_end(parser, L)); }
%type import_names { ListMark }
import_names(A) ::= import_name(N). { A = list_start(parser, N); }
import_names(A) ::= import_names(L) COMMA import_name(N). { A = list_add(parser, L, N); }
import_name(A) ::= NAME(N). { A = build_import_name(parser, N, NULL, N); }
import_name(A) ::= TYPENAME(N). { A = build_import_name(parser, N, NULL, N); }
import_name(A) ::= NAME(N) AS NAME(B). { A = build_import_name(parser, N, &B, B); }
import_name(A) ::= TYPENAME(N) AS TYPENAME(B). { A = build_import_name(parser, N, &B, B); }
import_name(A) ::= NAME(N) QUESTION(E). { A = build_import_predicate(parser, N, E); }

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
function(A) ::= DEF(T) NAME(N) type_params(G) lparen params(P) RPAREN result(R) where(W) ASSIGN stmt(B).
    { A = build_function(parser, T, N, G, P, R, W, B, B->span); }
function(A) ::= DEF(T) NAME(N) type_params(G) lparen params(P) RPAREN result(R) where(W) body(B) END(E).
    { A = build_function(parser, T, N, G, P, R, W, build_block(parser, B, E), token_span(E)); }
function(A) ::= DEF_HEAD(T) NAME(N) type_params(G) lparen params(P) RPAREN(E) result(R) where(W).
    { A = build_function(parser, T, N, G, P, R, W, NULL, token_span(E)); }

lparen ::= LPAREN.
lparen ::= LPAREN_CALL.

result(A) ::= . { A = NULL; }
result(A) ::= COLON type(T). { A = T; }

%type params { AstList * }
%type param_list { ListMark }
params(A) ::= . { A = NULL; }
params(A) ::= param_list(L). { A = list_end(parser, L); }
params(A) ::= param_list(L) COMMA. { A = list_end(parser, L); }
param_list(A) ::= param(N). { A = list_start(parser, N); }
param_list(A) ::= param_list(L) COMMA param(N). { A = list_add(parser, L, N); }

param(A) ::= NAME(N). { A = build_param(parser, N, NULL, NULL); }
param(A) ::= NAME(N) COLON type(T). { A = build_param(parser, N, T, NULL); }
param(A) ::= NAME(N) ASSIGN expr(V). { A = build_param(parser, N, NULL, V); }
param(A) ::= NAME(N) COLON type(T) ASSIGN expr(V). { A = build_param(parser, N, T, V); }
param(A) ::= NAME(N) ELLIPSIS(E). { A = build_variadic_param(parser, N, NULL, E); }
param(A) ::= NAME(N) COLON type(T) ELLIPSIS(E). { A = build_variadic_param(parser, N, T, E); }
param(A) ::= MUT(M) NAME(N). { A = build_mut_param(parser, M, N, NULL); }
param(A) ::= MUT(M) NAME(N) COLON type(T). { A = build_mut_param(parser, M, N, T); }
param(A) ::= AMP(M) NAME(N). { A = build_borrowed_self(parser, M, N, false); }
param(A) ::= AMP(M) MUT NAME(N). { A = build_borrowed_self(parser, M, N, true); }
param(A) ::= pattern_solid(P). { A = build_pattern_param(parser, P, NULL); }
param(A) ::= pattern_solid(P) COLON type(T). { A = build_pattern_param(parser, P, T); }

%type type_params { AstList * }
%type type_param_list { ListMark }
type_params(A) ::= . { A = NULL; }
type_params(A) ::= LT_OPEN type_param_list(L) GT_CLOSE. { A = list_end(parser, L); }
type_param_list(A) ::= type_param(N). { A = list_start(parser, N); }
type_param_list(A) ::= type_param_list(L) COMMA type_param(N). { A = list_add(parser, L, N); }
type_param(A) ::= TYPENAME(N). { A = build_type_param(parser, N, NULL); }
type_param(A) ::= TYPENAME(N) COLON bounds(B). { A = build_type_param(parser, N, list_end(parser, B)); }

%type bounds { ListMark }
bounds(A) ::= type_named(T). { A = list_start(parser, T); }
bounds(A) ::= bounds(L) PLUS type_named(T). { A = list_add(parser, L, T); }

%type where { AstList * }
%type where_bounds { ListMark }
where(A) ::= . { A = NULL; }
where(A) ::= WHERE where_bounds(L). { A = list_end(parser, L); }
where_bounds(A) ::= where_bound(N). { A = list_start(parser, N); }
where_bounds(A) ::= where_bounds(L) COMMA where_bound(N). { A = list_add(parser, L, N); }
where_bound(A) ::= type_named(T) COLON bounds(B). { A = build_where_bound(parser, T, list_end(parser, B)); }

// ── Types with members ──────────────────────────────────────────────────────────────────────────────────────────
struct(A) ::= STRUCT(T) TYPENAME(N) type_params(G) where(W) members(M) END(E).
    { A = build_struct(parser, T, false, N, G, W, M, E); }
struct(A) ::= LINEAR(T) STRUCT TYPENAME(N) type_params(G) where(W) members(M) END(E).
    { A = build_struct(parser, T, true, N, G, W, M, E); }
enum(A) ::= ENUM(T) TYPENAME(N) type_params(G) where(W) members(M) END(E). { A = build_enum(parser, T, N, G, W, M, E); }
trait(A) ::= TRAIT(T) TYPENAME(N) type_params(G) supertraits(S) members(M) END(E).
    { A = build_trait(parser, T, N, G, S, M, E); }
%type supertraits { AstList * }
supertraits(A) ::= . { A = NULL; }
supertraits(A) ::= COLON bounds(B). { A = list_end(parser, B); }
impl(A) ::= IMPL(T) type_params(G) type(S) where(W) members(M) END(E).
    { A = build_impl(parser, T, false, G, NULL, S, W, M, E); }
impl(A) ::= IMPL(T) type_params(G) type(R) FOR_CLAUSE type(S) where(W) members(M) END(E).
    { A = build_impl(parser, T, false, G, R, S, W, M, E); }
impl(A) ::= IMPL(T) type_params(G) BANG type_named(R) FOR_CLAUSE type(S) where(W) members(M) END(E).
    { A = build_impl(parser, T, true, G, R, S, W, M, E); }
impl(A) ::= EXTEND(T) type_params(G) type(S) where(W) members(M) END(E).
    { A = build_impl(parser, T, false, G, NULL, S, W, M, E); }
actor(A) ::= ACTOR(T) TYPENAME(N) type_params(G) members(M) END(E). { A = build_actor(parser, T, N, G, M, E); }

%type members { AstList * }
%type member_list { ListMark }
members(A) ::= . { A = NULL; }
members(A) ::= NEWLINE member_list(L). { A = list_end(parser, L); }
members(A) ::= member_list(L). { A = list_end(parser, L); }
member_list(A) ::= member(M). { A = list_start(parser, M); }
member_list(A) ::= member_list(L) NEWLINE member(M). { A = list_add(parser, L, M); }

member(A) ::= attributes(L) member_core(D). { A = build_declared(parser, L, NULL, D); }
member(A) ::= attributes(L) PRIVATE(P) member_core(D). { A = build_declared(parser, L, &P, D); }
member(A) ::= attributes(L) PRIVATE(P). { A = build_private_section(parser, L, P); }
member(A) ::= ERROR(E). { A = build_poison(parser, E); }
member_core(A) ::= NAME(N) COLON type(T). { A = build_field_decl(parser, N, T, NULL); }
member_core(A) ::= NAME(N) COLON type(T) ASSIGN expr(V). { A = build_field_decl(parser, N, T, V); }
member_core(A) ::= TYPENAME(N). { A = build_variant(parser, N, NULL, NULL, token_span(N)); }
member_core(A) ::= TYPENAME(N) ASSIGN expr(V). { A = build_variant(parser, N, NULL, V, V->span); }
member_core(A) ::= TYPENAME(N) LPAREN_CALL payload(L) RPAREN(E).
    { A = build_variant(parser, N, L, NULL, token_span(E)); }
member_core(A) ::= TYPENAME(N) LPAREN_CALL payload(L) RPAREN ASSIGN expr(V).
    { A = build_variant(parser, N, L, V, V->span); }
member_core(A) ::= function(D). { A = D; }
member_core(A) ::= constant(D). { A = D; }
member_core(A) ::= global(D). { A = D; }
member_core(A) ::= macro_call(C). { A = build_decl_macro_call(parser, C); }

%type payload { AstList * }
%type payload_list { ListMark }
payload(A) ::= . { A = NULL; }
payload(A) ::= payload_list(L). { A = list_end(parser, L); }
payload(A) ::= payload_list(L) COMMA. { A = list_end(parser, L); }
payload_list(A) ::= payload_field(N). { A = list_start(parser, N); }
payload_list(A) ::= payload_list(L) COMMA payload_field(N). { A = list_add(parser, L, N); }
payload_field(A) ::= type(T). { A = build_positional_field(parser, T); }
payload_field(A) ::= NAME(N) COLON type(T). { A = build_field_decl(parser, N, T, NULL); }

packed_struct(A) ::= PACKED(T) STRUCT lparen packed_word(W) RPAREN TYPENAME(N) bit_fields(L) END(E).
    { A = build_packed_struct(parser, T, W, N, L, E); }
packed_word(A) ::= type(T). { A = T; }
packed_word(A) ::= NAME(N). { A = build_packed_word(parser, N); }
%type bit_fields { AstList * }
%type bit_field_list { ListMark }
bit_fields(A) ::= . { A = NULL; }
bit_fields(A) ::= NEWLINE bit_field_list(L). { A = list_end(parser, L); }
bit_field_list(A) ::= bit_field(N). { A = list_start(parser, N); }
bit_field_list(A) ::= bit_field_list(L) NEWLINE bit_field(N). { A = list_add(parser, L, N); }
bit_field(A) ::= NAME(N) COLON expr(W). { A = build_bit_field(parser, N, W); }
bit_field(A) ::= ERROR(E). { A = build_poison(parser, E); }

// ── Values and macros that are declared ─────────────────────────────────────────────────────────────────────────
constant(A) ::= CONST(T) NAME|TYPENAME(N) ASSIGN expr(V). { A = build_const(parser, T, N, NULL, V); }
constant(A) ::= CONST(T) NAME|TYPENAME(N) COLON type(R) ASSIGN expr(V). { A = build_const(parser, T, N, R, V); }
global(A) ::= VAR(T) NAME(N) ASSIGN expr(V). { A = build_global(parser, T, N, NULL, V); }
global(A) ::= VAR(T) NAME(N) COLON type(R) ASSIGN expr(V). { A = build_global(parser, T, N, R, V); }

macro(A) ::= MACRO(T) NAME(N) lparen params(P) RPAREN DO stmts(B) END(E). { A = build_macro(parser, T, N, P, B, E); }
macro_call(A) ::= MACRO_NAME(N) LPAREN_CALL args(L) RPAREN(E). { A = build_macro_call(parser, N, L, token_span(E)); }
macro_call(A) ::= MACRO_NAME(N). [FIELD] { A = build_macro_call(parser, N, NULL, token_span(N)); }

// ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────
// A body behind a head ends at `end`, `else` or `elsif`, in front of which the lexer drops the newline.
%type body { AstList * }
%type stmts { AstList * }
%type stmt_list { ListMark }
body(A) ::= . { A = NULL; }
body(A) ::= NEWLINE stmt_list(L). { A = list_end(parser, L); }
stmts(A) ::= . { A = NULL; }
stmts(A) ::= stmt_list(L). { A = list_end(parser, L); }
stmt_list(A) ::= stmt(S). { A = list_start(parser, S); }
stmt_list(A) ::= stmt_list(L) NEWLINE stmt(S). { A = list_add(parser, L, S); }

stmt(A) ::= simple(S). { A = S; }
stmt(A) ::= simple(S) POSTFIX_IF|POSTFIX_UNLESS(T) expr(C). { A = build_postfix_if(parser, S, T, C); }
stmt(A) ::= ERROR(E). { A = build_poison(parser, E); }

simple(A) ::= expr(E). { A = E; }
simple(A) ::= assignment(S). { A = S; }
simple(A) ::= NAME(N) COLON type(T) ASSIGN expr(V). { A = build_typed_binding(parser, N, false, N, T, V); }
simple(A) ::= VAR(T) pattern(P) ASSIGN expr(V). { A = build_binding(parser, T, true, P, V); }
simple(A) ::= VAR(T) NAME(N) COLON type(R) ASSIGN expr(V). { A = build_typed_binding(parser, T, true, N, R, V); }
simple(A) ::= CONST(T) NAME|TYPENAME(N) ASSIGN expr(V). { A = build_typed_binding(parser, T, false, N, NULL, V); }
simple(A) ::= CONST(T) NAME|TYPENAME(N) COLON type(R) ASSIGN expr(V).
    { A = build_typed_binding(parser, T, false, N, R, V); }
simple(A) ::= RETURN(T). { A = build_return(parser, T, NULL); }
simple(A) ::= RETURN(T) expr(V). { A = build_return(parser, T, V); }
simple(A) ::= BREAK(T). { A = build_break(parser, T, NULL); }
simple(A) ::= BREAK(T) expr(V). { A = build_break(parser, T, V); }
simple(A) ::= CONTINUE(T). { A = build_continue(parser, T, NULL); }
simple(A) ::= CONTINUE(T) NAME(N). { A = build_continue(parser, T, &N); }
simple(A) ::= DEFER(T) simple(S). { A = build_defer(parser, T, S); }
simple(A) ::= label(N) loop_expr(L). { A = build_labelled(parser, N, L); }

%type label { Token }
label(A) ::= NAME(N) COLON. { A = N; label_open(parser, N); }

assignment(A) ::= expr(T) assign_op(O) expr(V). [ASSIGN] { A = build_assign(parser, T, O, V); }
%type assign_op { Token }
assign_op(A) ::= ASSIGN|ADD_ASSIGN|SUB_ASSIGN|MUL_ASSIGN|DIV_ASSIGN|MOD_ASSIGN|POW_ASSIGN|AND_ASSIGN|OR_ASSIGN
                |XOR_ASSIGN|SHL_ASSIGN|SHR_ASSIGN|WRAP_ADD_ASSIGN|WRAP_SUB_ASSIGN|WRAP_MUL_ASSIGN(O). { A = O; }

// ── Expressions: operators ──────────────────────────────────────────────────────────────────────────────────────
expr(A) ::= expr(L) PIPE expr(R). { A = build_pipe(parser, L, R); }
expr(A) ::= expr(L) OR(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) AND(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) EQ|NE|LT|LE|GT|GE|TILDE_MATCH(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) RANGE|RANGE_INCLUSIVE(O) expr(R). { A = build_range(parser, L, O, R); }
expr(A) ::= expr(L) RANGE_OPEN(O). { A = build_range(parser, L, O, NULL); }
expr(A) ::= RANGE|RANGE_INCLUSIVE(O) expr(R). { A = build_range(parser, NULL, O, R); }
expr(A) ::= expr(L) BAR(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) CARET(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) AMP(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) SHL|SHR(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) PLUS|MINUS|WRAP_ADD|WRAP_SUB(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) STAR|SLASH|PERCENT|WRAP_MUL(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= expr(L) POW(O) expr(R). { A = build_binary(parser, L, O, R); }
expr(A) ::= NOT|BANG(O) expr(E). { A = build_unary(parser, O, AST_OP_NOT, E); }
expr(A) ::= MINUS(O) expr(E). [UNARY] { A = build_unary(parser, O, AST_OP_NEG, E); }
expr(A) ::= TILDE(O) expr(E). { A = build_unary(parser, O, AST_OP_BIT_NOT, E); }
expr(A) ::= AMP(O) expr(E). [UNARY] { A = build_unary(parser, O, AST_OP_BORROW, E); }
expr(A) ::= AMP(O) MUT expr(E). [UNARY] { A = build_unary(parser, O, AST_OP_BORROW_MUT, E); }
expr(A) ::= GO(O) expr(E). { A = build_go(parser, O, E); }
expr(A) ::= AWAIT(O) expr(E). { A = build_await(parser, O, E); }
expr(A) ::= expr(E) AS type_base(T). { A = build_cast(parser, E, T); }

// ── Expressions: behind a value ─────────────────────────────────────────────────────────────────────────────────
expr(A) ::= expr(O) DOT NAME(N). [FIELD] { A = build_field(parser, O, N); }
expr(A) ::= expr(O) DOT TYPENAME(N). { A = build_field(parser, O, N); }
expr(A) ::= expr(O) DOT INT(N). { A = build_tuple_field(parser, O, N); }
expr(A) ::= expr(O) DOT NAME(N) LPAREN_CALL args(L) RPAREN(E). { A = build_method_call(parser, O, N, NULL, L, E); }
expr(A) ::= expr(O) DOT NAME(N) LT_OPEN types(T) GT_CLOSE LPAREN_CALL args(L) RPAREN(E).
    { A = build_method_call(parser, O, N, list_end(parser, T), L, E); }
expr(A) ::= expr(S) COLON_COLON NAME|TYPENAME(N). { A = build_path(parser, S, N); }
expr(A) ::= expr(C) LPAREN_CALL args(L) RPAREN(E). { A = build_call(parser, C, L, E); }
expr(A) ::= expr(O) LBRACKET_INDEX elements(L) RBRACKET(E). { A = build_index(parser, O, L, E); }
expr(A) ::= expr(B) LT_OPEN types(T) GT_CLOSE(E). { A = build_type_apply(parser, B, list_end(parser, T), E); }
expr(A) ::= expr(T) LBRACE_STRUCT field_inits(L) RBRACE(E). { A = build_struct_lit(parser, T, L, E); }
expr(A) ::= expr(E) BANG_POSTFIX(T). { A = build_postfix_macro(parser, NAME_unwrap, E, T); }
expr(A) ::= expr(E) QUESTION(T). { A = build_postfix_macro(parser, NAME_try, E, T); }
expr(A) ::= expr(C) do_block(B). [DO] { A = build_trailing_block(parser, C, B); }

%type args { AstList * }
%type arg_list { ListMark }
args(A) ::= . { A = NULL; }
args(A) ::= arg_list(L). { A = list_end(parser, L); }
args(A) ::= arg_list(L) COMMA. { A = list_end(parser, L); }
arg_list(A) ::= arg(N). { A = list_start(parser, N); }
arg_list(A) ::= arg_list(L) COMMA arg(N). { A = list_add(parser, L, N); }
arg(A) ::= expr(E). { A = build_arg(parser, E->span, NAME_NONE, false, E); }
arg(A) ::= NAME(N) COLON expr(E). { A = build_arg(parser, token_span(N), N.value, false, E); }
arg(A) ::= ELLIPSIS(T) expr(E). { A = build_arg(parser, token_span(T), NAME_NONE, true, E); }

%type field_inits { AstList * }
%type field_init_list { ListMark }
field_inits(A) ::= . { A = NULL; }
field_inits(A) ::= field_init_list(L). { A = list_end(parser, L); }
field_inits(A) ::= field_init_list(L) COMMA. { A = list_end(parser, L); }
field_init_list(A) ::= field_init(N). { A = list_start(parser, N); }
field_init_list(A) ::= field_init_list(L) COMMA field_init(N). { A = list_add(parser, L, N); }
field_init(A) ::= NAME(N). { A = build_field_init(parser, N, NULL); }
field_init(A) ::= NAME(N) COLON expr(E). { A = build_field_init(parser, N, E); }

// ── Expressions: literals ───────────────────────────────────────────────────────────────────────────────────────
expr(A) ::= NAME(T). { A = build_ident(parser, T); }
expr(A) ::= TYPENAME(T). { A = build_ident(parser, T); }
expr(A) ::= INT(T). { A = build_int(parser, T); }
expr(A) ::= FLOAT(T). { A = build_float(parser, T); }
expr(A) ::= CHAR(T). { A = build_char(parser, T); }
expr(A) ::= STRING(T). { A = build_text(parser, AST_STRING_LIT, T); }
expr(A) ::= BYTES(T). { A = build_text(parser, AST_BYTES_LIT, T); }
expr(A) ::= REGEX(T). { A = build_regex(parser, T); }
expr(A) ::= SYMBOL(T). { A = build_symbol(parser, T); }
expr(A) ::= TRUE(T). { A = build_bool(parser, T, true); }
expr(A) ::= FALSE(T). { A = build_bool(parser, T, false); }
expr(A) ::= NIL(T). { A = build_nil(parser, T); }
expr(A) ::= string_parts(L) expr(E) STRING_END(T). { A = build_interpolation(parser, L, E, T); }
%type string_parts { StringParts }
string_parts(A) ::= STRING_START(T). { A = string_parts_start(parser, T); }
string_parts(A) ::= string_parts(L) expr(E) STRING_MIDDLE(T). { A = string_parts_add(parser, L, E, T); }

expr(A) ::= LPAREN(T) RPAREN(E). { A = build_tuple(parser, T, NULL, E); }
expr(A) ::= LPAREN(T) expr(I) RPAREN(E). { A = build_paren(T, I, E); }
expr(A) ::= LPAREN(T) expr(I) COMMA RPAREN(E). { A = build_tuple(parser, T, list_one(parser, I), E); }
expr(A) ::= LPAREN(T) tuple_list(L) RPAREN(E). { A = build_tuple(parser, T, list_end(parser, L), E); }
expr(A) ::= LPAREN(T) tuple_list(L) COMMA RPAREN(E). { A = build_tuple(parser, T, list_end(parser, L), E); }
%type tuple_list { ListMark }
tuple_list(A) ::= expr(E) COMMA expr(F). { A = list_add(parser, list_start(parser, E), F); }
tuple_list(A) ::= tuple_list(L) COMMA expr(E). { A = list_add(parser, L, E); }

expr(A) ::= LBRACKET(T) elements(L) RBRACKET(E). { A = build_array(parser, T, L, E); }
expr(A) ::= LBRACKET(T) expr(V) SEMICOLON expr(N) RBRACKET(E). { A = build_array_fill(parser, T, V, N, E); }
expr(A) ::= LBRACKET(T) expr(V) for_clause(F) RBRACKET(E). { A = build_comprehension(parser, T, NULL, V, F, E); }
%type elements { AstList * }
%type element_list { ListMark }
elements(A) ::= . { A = NULL; }
elements(A) ::= element_list(L). { A = list_end(parser, L); }
elements(A) ::= element_list(L) COMMA. { A = list_end(parser, L); }
element_list(A) ::= element(N). { A = list_start(parser, N); }
element_list(A) ::= element_list(L) COMMA element(N). { A = list_add(parser, L, N); }
element(A) ::= expr(E). { A = E; }
element(A) ::= ELLIPSIS(T) expr(E). { A = build_spread(parser, T, E); }

%type for_clause { ForClause }
for_clause(A) ::= FOR_CLAUSE for_pattern(P) IN expr(E). { A = (ForClause){P, E, NULL}; }
for_clause(A) ::= FOR_CLAUSE for_pattern(P) IN expr(E) POSTFIX_IF expr(C). { A = (ForClause){P, E, C}; }

expr(A) ::= LBRACE(T) RBRACE(E). { A = build_map(parser, T, NULL, E); }
expr(A) ::= LBRACE(T) field_init_list(L) RBRACE(E). { A = build_record(parser, T, list_end(parser, L), E); }
expr(A) ::= LBRACE(T) field_init_list(L) COMMA RBRACE(E). { A = build_record(parser, T, list_end(parser, L), E); }
expr(A) ::= LBRACE(T) map_list(L) RBRACE(E). { A = build_map(parser, T, list_end(parser, L), E); }
expr(A) ::= LBRACE(T) map_list(L) COMMA RBRACE(E). { A = build_map(parser, T, list_end(parser, L), E); }
expr(A) ::= LBRACE(T) expr(K) FAT_ARROW expr(V) for_clause(F) RBRACE(E).
    { A = build_comprehension(parser, T, K, V, F, E); }
%type map_list { ListMark }
map_list(A) ::= map_entry(N). { A = list_start(parser, N); }
map_list(A) ::= map_list(L) COMMA map_entry(N). { A = list_add(parser, L, N); }
map_entry(A) ::= expr(K) FAT_ARROW expr(V). { A = build_map_entry(parser, K, V); }

// ── Expressions: lambdas and blocks ─────────────────────────────────────────────────────────────────────────────
expr(A) ::= LAMBDA_NAME(N) ARROW lambda_body(B).
    { A = build_lambda(parser, token_span(N), list_one(parser, build_param(parser, N, NULL, NULL)), NULL, B); }
expr(A) ::= LPAREN_LAMBDA(T) params(P) RPAREN ARROW lambda_body(B).
    { A = build_lambda(parser, token_span(T), P, NULL, B); }
expr(A) ::= LPAREN_LAMBDA(T) params(P) RPAREN COLON type(R) ARROW lambda_body(B).
    { A = build_lambda(parser, token_span(T), P, R, B); }
expr(A) ::= ARROW(T) lambda_body(B). { A = build_lambda(parser, token_span(T), NULL, NULL, B); }
lambda_body(A) ::= expr(E). [LAMBDA] { A = E; }
lambda_body(A) ::= assignment(S). { A = S; }

expr(A) ::= do_block(B). { A = B; }
do_block(A) ::= DO(T) stmts(B) END(E). { A = build_do(parser, T, B, E); }
do_block(A) ::= DO_PARAMS(T) block_params(P) ARROW stmts(B) END(E). { A = build_do_lambda(parser, T, P, B, E); }
%type block_params { AstList * }
block_params(A) ::= params(P). { A = P; }
block_params(A) ::= LPAREN_LAMBDA params(P) RPAREN. { A = P; }

// ── Expressions: control flow ───────────────────────────────────────────────────────────────────────────────────
expr(A) ::= IF|UNLESS(T) expr(C) then(B) else(L) END(E). { A = build_if(parser, T, C, B, L, E); }
expr(A) ::= loop_expr(L). { A = L; }
expr(A) ::= MATCH(T) expr(S) arms(L) END(E). { A = build_match(parser, T, S, L, E); }
expr(A) ::= SELECT(T) select_arms(L) END(E). { A = build_select(parser, T, L, E); }
expr(A) ::= QUOTE(T) DO quote_items(L) END(E). { A = build_quote(parser, T, L, E); }
expr(A) ::= UNQUOTE(T) lparen expr(V) RPAREN(E). { A = build_unquote(parser, T, V, E); }
expr(A) ::= macro_call(C). { A = C; }

// Each body is a block of its own; its place is what it holds.
then(A) ::= body(L). { A = build_body(parser, L); }
then(A) ::= THEN stmts(L). { A = build_body(parser, L); }
else(A) ::= . { A = NULL; }
else(A) ::= ELSE stmts(L). { A = build_body(parser, L); }
else(A) ::= ELSIF(T) expr(C) then(B) else(L). { A = build_elsif(parser, T, C, B, L); }

loop_expr(A) ::= WHILE|UNTIL(T) expr(C) body(L) END(E). { A = build_while(parser, T, C, L, E); }
loop_expr(A) ::= LOOP(T) stmts(L) END(E). { A = build_loop(parser, T, L, E); }
loop_expr(A) ::= FOR(T) for_pattern(P) IN expr(I) body(L) END(E). { A = build_for(parser, T, P, I, L, E); }
for_pattern(A) ::= pattern(P). { A = P; }
for_pattern(A) ::= for_patterns(L). { A = build_pattern_list(parser, AST_PAT_TUPLE, list_end(parser, L)); }
%type for_patterns { ListMark }
for_patterns(A) ::= pattern(P) COMMA pattern(Q). { A = list_add(parser, list_start(parser, P), Q); }
for_patterns(A) ::= for_patterns(L) COMMA pattern(P). { A = list_add(parser, L, P); }

%type arms { AstList * }
%type arm_list { ListMark }
arms(A) ::= . { A = NULL; }
arms(A) ::= NEWLINE arm_list(L). { A = list_end(parser, L); }
arm_list(A) ::= arm(N). { A = list_start(parser, N); }
arm_list(A) ::= arm_list(L) NEWLINE arm(N). { A = list_add(parser, L, N); }
arm(A) ::= pattern_typed(P) FAT_ARROW stmt(B). { A = build_arm(parser, P, NULL, B); }
arm(A) ::= pattern_typed(P) POSTFIX_IF expr(G) FAT_ARROW stmt(B). { A = build_arm(parser, P, G, B); }
arm(A) ::= ERROR(E). { A = build_poison(parser, E); }

%type select_arms { AstList * }
%type select_list { ListMark }
select_arms(A) ::= . { A = NULL; }
select_arms(A) ::= select_list(L). { A = list_end(parser, L); }
select_arms(A) ::= select_else(N). { A = list_one(parser, N); }
select_arms(A) ::= select_list(L) select_else(N). { A = list_end(parser, list_add(parser, L, N)); }
select_list(A) ::= select_arm(N). { A = list_start(parser, N); }
select_list(A) ::= select_list(L) NEWLINE select_arm(N). { A = list_add(parser, L, N); }
select_arm(A) ::= expr(O) FAT_ARROW stmt(B). { A = build_select_arm(parser, NULL, O, B); }
select_arm(A) ::= expr(P) ASSIGN expr(O) FAT_ARROW stmt(B). { A = build_select_arm(parser, P, O, B); }
select_arm(A) ::= ERROR(E). { A = build_poison(parser, E); }
select_else(A) ::= ELSE(T) FAT_ARROW stmt(B). { A = build_select_else(parser, T, B); }

// A quote holds statements and the declarations that are not statements too.
%type quote_items { AstList * }
%type quote_list { ListMark }
quote_items(A) ::= . { A = NULL; }
quote_items(A) ::= quote_list(L). { A = list_end(parser, L); }
quote_list(A) ::= quote_item(N). { A = list_start(parser, N); }
quote_list(A) ::= quote_list(L) NEWLINE quote_item(N). { A = list_add(parser, L, N); }
quote_item(A) ::= stmt(S). { A = S; }
quote_item(A) ::= attributes(L) quote_decl(D). { A = build_declared(parser, L, NULL, D); }
quote_decl(A) ::= function(D). { A = D; }
quote_decl(A) ::= struct(D). { A = D; }
quote_decl(A) ::= enum(D). { A = D; }
quote_decl(A) ::= trait(D). { A = D; }
quote_decl(A) ::= impl(D). { A = D; }

// ── Patterns ────────────────────────────────────────────────────────────────────────────────────────────────────
// pattern_typed adds `name: Type`, which inside a variant's parentheses would read as a named field. It ends what it
// stands in: a `|` behind it goes on with the type.
pattern_typed(A) ::= pattern(P). { A = P; }
pattern_typed(A) ::= type_test(P). { A = P; }
pattern_typed(A) ::= pattern_one(P) BAR type_test(Q).
    { A = build_pattern_list(parser, AST_PAT_OR, list_end(parser, list_add(parser, list_start(parser, P), Q))); }
pattern_typed(A) ::= pattern_or(L) BAR type_test(P).
    { A = build_pattern_list(parser, AST_PAT_OR, list_end(parser, list_add(parser, L, P))); }
type_test(A) ::= NAME(N) COLON type(T). { A = build_pat_type(parser, N, T); }
type_test(A) ::= NAME(N) AT type_test(P). { A = build_pat_bind(parser, N, P); }

pattern(A) ::= pattern_one(P). { A = P; }
pattern(A) ::= pattern_or(L). { A = build_pattern_list(parser, AST_PAT_OR, list_end(parser, L)); }
%type pattern_or { ListMark }
pattern_or(A) ::= pattern_one(P) BAR pattern_one(Q). { A = list_add(parser, list_start(parser, P), Q); }
pattern_or(A) ::= pattern_or(L) BAR pattern_one(P). { A = list_add(parser, L, P); }

pattern_one(A) ::= NAME(N). { A = build_pat_bind(parser, N, NULL); }
pattern_one(A) ::= pattern_solid(P). { A = P; }

pattern_solid(A) ::= NAME(N) AT pattern_one(P). { A = build_pat_bind(parser, N, P); }
pattern_solid(A) ::= pattern_value(V). { A = build_pat_value(parser, V); }
pattern_solid(A) ::= pattern_value(V) RANGE|RANGE_INCLUSIVE(O) pattern_end(W). { A = build_pat_range(parser, V, O, W); }
pattern_solid(A) ::= pattern_path(V) RANGE|RANGE_INCLUSIVE(O) pattern_end(W). { A = build_pat_range(parser, V, O, W); }
pattern_solid(A) ::= pattern_value(V) RANGE_OPEN(O). { A = build_pat_range(parser, V, O, NULL); }
pattern_solid(A) ::= pattern_path(V) RANGE_OPEN(O). { A = build_pat_range(parser, V, O, NULL); }
pattern_solid(A) ::= RANGE|RANGE_INCLUSIVE(O) pattern_end(W). { A = build_pat_range(parser, NULL, O, W); }
pattern_solid(A) ::= REGEX(T). { A = build_pat_regex(parser, T); }
pattern_solid(A) ::= pattern_path(P). { A = build_pat_name(parser, P); }
pattern_solid(A) ::= pattern_path(P) LPAREN_CALL pattern_args(L) RPAREN(E). { A = build_pat_variant(parser, P, L, E); }
pattern_solid(A) ::= pattern_path(P) LBRACE_STRUCT pattern_fields(L) RBRACE(E).
    { A = build_pat_record(parser, P, P->span, L, E); }
pattern_solid(A) ::= LBRACE(T) pattern_fields(L) RBRACE(E). { A = build_pat_record(parser, NULL, token_span(T), L, E); }
pattern_solid(A) ::= LBRACKET(T) pattern_items(L) RBRACKET(E). { A = build_pat_group(parser, AST_PAT_LIST, T, L, E); }
pattern_solid(A) ::= LPAREN(T) RPAREN(E). { A = build_pat_group(parser, AST_PAT_TUPLE, T, NULL, E); }
pattern_solid(A) ::= LPAREN(T) pattern_typed(P) RPAREN(E). { A = build_paren(T, P, E); }
pattern_solid(A) ::= LPAREN(T) pattern_typed(P) COMMA RPAREN(E).
    { A = build_pat_group(parser, AST_PAT_TUPLE, T, list_one(parser, P), E); }
pattern_solid(A) ::= LPAREN(T) pattern_tuple(L) RPAREN(E).
    { A = build_pat_group(parser, AST_PAT_TUPLE, T, list_end(parser, L), E); }

pattern_value(A) ::= INT(T). { A = build_int(parser, T); }
pattern_value(A) ::= FLOAT(T). { A = build_float(parser, T); }
pattern_value(A) ::= MINUS(O) INT(T). { A = build_unary(parser, O, AST_OP_NEG, build_int(parser, T)); }
pattern_value(A) ::= MINUS(O) FLOAT(T). { A = build_unary(parser, O, AST_OP_NEG, build_float(parser, T)); }
pattern_value(A) ::= CHAR(T). { A = build_char(parser, T); }
pattern_value(A) ::= STRING(T). { A = build_text(parser, AST_STRING_LIT, T); }
pattern_value(A) ::= BYTES(T). { A = build_text(parser, AST_BYTES_LIT, T); }
pattern_value(A) ::= SYMBOL(T). { A = build_symbol(parser, T); }
pattern_value(A) ::= TRUE(T). { A = build_bool(parser, T, true); }
pattern_value(A) ::= FALSE(T). { A = build_bool(parser, T, false); }
pattern_value(A) ::= NIL(T). { A = build_nil(parser, T); }
pattern_end(A) ::= pattern_value(V). { A = V; }
pattern_end(A) ::= pattern_path(V). { A = V; }

pattern_path(A) ::= TYPENAME(N). { A = build_ident(parser, N); }
pattern_path(A) ::= pattern_scope(S) TYPENAME(N). { A = build_path(parser, S, N); }
pattern_path(A) ::= pattern_path(S) COLON_COLON TYPENAME(N). { A = build_path(parser, S, N); }
pattern_scope(A) ::= NAME(N) COLON_COLON. { A = build_ident(parser, N); }
pattern_scope(A) ::= pattern_scope(S) NAME(N) COLON_COLON. { A = build_path(parser, S, N); }

%type pattern_args { AstList * }
%type pattern_arg_list { ListMark }
pattern_args(A) ::= . { A = NULL; }
pattern_args(A) ::= pattern_arg_list(L). { A = list_end(parser, L); }
pattern_args(A) ::= pattern_arg_list(L) COMMA. { A = list_end(parser, L); }
pattern_arg_list(A) ::= pattern_arg(N). { A = list_start(parser, N); }
pattern_arg_list(A) ::= pattern_arg_list(L) COMMA pattern_arg(N). { A = list_add(parser, L, N); }
pattern_arg(A) ::= pattern(P). { A = P; }
pattern_arg(A) ::= NAME(N) COLON pattern(P). { A = build_pat_field(parser, N, P); }
pattern_arg(A) ::= pattern_rest(P). { A = P; }

%type pattern_fields { AstList * }
%type pattern_field_list { ListMark }
pattern_fields(A) ::= . { A = NULL; }
pattern_fields(A) ::= pattern_field_list(L). { A = list_end(parser, L); }
pattern_fields(A) ::= pattern_field_list(L) COMMA. { A = list_end(parser, L); }
pattern_field_list(A) ::= pattern_field(N). { A = list_start(parser, N); }
pattern_field_list(A) ::= pattern_field_list(L) COMMA pattern_field(N). { A = list_add(parser, L, N); }
pattern_field(A) ::= NAME(N). { A = build_pat_field(parser, N, NULL); }
pattern_field(A) ::= NAME(N) COLON pattern(P). { A = build_pat_field(parser, N, P); }
pattern_field(A) ::= pattern_rest(P). { A = P; }

%type pattern_items { AstList * }
%type pattern_item_list { ListMark }
pattern_items(A) ::= . { A = NULL; }
pattern_items(A) ::= pattern_item_list(L). { A = list_end(parser, L); }
pattern_items(A) ::= pattern_item_list(L) COMMA. { A = list_end(parser, L); }
pattern_item_list(A) ::= pattern_item(N). { A = list_start(parser, N); }
pattern_item_list(A) ::= pattern_item_list(L) COMMA pattern_item(N). { A = list_add(parser, L, N); }
pattern_item(A) ::= pattern_typed(P). { A = P; }
pattern_item(A) ::= pattern_rest(P). { A = P; }
pattern_rest(A) ::= ELLIPSIS(T). { A = build_pat_rest(parser, T, NULL); }
pattern_rest(A) ::= ELLIPSIS(T) NAME(N). { A = build_pat_rest(parser, T, &N); }
pattern_solid(A) ::= LPAREN(T) pattern_tuple(L) COMMA RPAREN(E).
    { A = build_pat_group(parser, AST_PAT_TUPLE, T, list_end(parser, L), E); }
%type pattern_tuple { ListMark }
pattern_tuple(A) ::= pattern_typed(P) COMMA pattern_typed(Q). { A = list_add(parser, list_start(parser, P), Q); }
pattern_tuple(A) ::= pattern_tuple(L) COMMA pattern_typed(P). { A = list_add(parser, L, P); }

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
// `A & B | C` is a union of an intersection and C. After `as` and behind `Fn(…):` only a type_base or type_one stands,
// so `x as U8 | y` and `Fn(A): R | B` end where the reader expects.
type(A) ::= type_both(T). { A = T; }
type(A) ::= type_union(L). { A = build_type_list(parser, AST_TYPE_UNION, list_end(parser, L)); }
%type type_union { ListMark }
type_union(A) ::= type_both(T) BAR type_both(R). { A = list_add(parser, list_start(parser, T), R); }
type_union(A) ::= type_union(L) BAR type_both(T). { A = list_add(parser, L, T); }
type_both(A) ::= type_one(T). { A = T; }
type_both(A) ::= type_intersection(L). { A = build_type_list(parser, AST_TYPE_INTERSECTION, list_end(parser, L)); }
%type type_intersection { ListMark }
type_intersection(A) ::= type_one(T) AMP type_one(R). { A = list_add(parser, list_start(parser, T), R); }
type_intersection(A) ::= type_intersection(L) AMP type_one(T). { A = list_add(parser, L, T); }
type_one(A) ::= type_base(T). { A = T; }
type_one(A) ::= IMPL_TYPE(T) bounds(B). { A = build_type_impl(parser, T, list_end(parser, B)); }

type_base(A) ::= type_named(T). { A = T; }
type_base(A) ::= FN_TYPE(T) lparen type_list(L) RPAREN(E). [FIELD]
    { A = build_type_fn(parser, T, L, NULL, token_span(E)); }
type_base(A) ::= FN_TYPE(T) lparen type_list(L) RPAREN COLON type_base(R).
    { A = build_type_fn(parser, T, L, R, R->span); }
type_base(A) ::= AMP(T) type_base(I). { A = build_type_borrow(parser, T, false, I); }
type_base(A) ::= AMP(T) MUT type_base(I). { A = build_type_borrow(parser, T, true, I); }
type_base(A) ::= LPAREN(T) RPAREN(E). { A = build_type_tuple(parser, T, NULL, E); }
type_base(A) ::= LPAREN(T) type(I) RPAREN(E). { A = build_paren(T, I, E); }
type_base(A) ::= LPAREN(T) type(I) COMMA RPAREN(E). { A = build_type_tuple(parser, T, list_one(parser, I), E); }
type_base(A) ::= LPAREN(T) type_pair(L) RPAREN(E). { A = build_type_tuple(parser, T, list_end(parser, L), E); }
type_base(A) ::= LPAREN(T) type_pair(L) COMMA RPAREN(E). { A = build_type_tuple(parser, T, list_end(parser, L), E); }
%type type_pair { ListMark }
type_pair(A) ::= type(T) COMMA type(R). { A = list_add(parser, list_start(parser, T), R); }
type_pair(A) ::= type_pair(L) COMMA type(T). { A = list_add(parser, L, T); }
type_base(A) ::= LBRACE(T) record_fields(L) RBRACE(E). { A = build_type_record(parser, T, list_end(parser, L), E); }
type_base(A) ::= LBRACE(T) record_fields(L) COMMA RBRACE(E).
    { A = build_type_record(parser, T, list_end(parser, L), E); }
%type record_fields { ListMark }
record_fields(A) ::= record_field(N). { A = list_start(parser, N); }
record_fields(A) ::= record_fields(L) COMMA record_field(N). { A = list_add(parser, L, N); }
record_field(A) ::= NAME(N) COLON type(T). { A = build_field_decl(parser, N, T, NULL); }
type_base(A) ::= LBRACKET(T) type(I) SEMICOLON expr(N) RBRACKET(E). { A = build_type_array(parser, T, I, N, E); }
type_base(A) ::= NEVER(T). { A = build_type_never(parser, T); }

%type types { ListMark }
%type type_list { AstList * }
types(A) ::= type(T). { A = list_start(parser, T); }
types(A) ::= types(L) COMMA type(T). { A = list_add(parser, L, T); }
type_list(A) ::= . { A = NULL; }
type_list(A) ::= types(L). { A = list_end(parser, L); }
type_list(A) ::= types(L) COMMA. { A = list_end(parser, L); }

type_named(A) ::= type_path(T). [FIELD] { A = T; }
type_named(A) ::= type_path(T) LT_OPEN types(L) GT_CLOSE(E). { A = build_type_args(parser, T, list_end(parser, L), E); }
type_path(A) ::= TYPENAME(N). { A = build_type_name(parser, NULL, N); }
type_path(A) ::= type_scope(S) TYPENAME(N). { A = build_type_name(parser, S, N); }
type_path(A) ::= type_path(S) COLON_COLON TYPENAME(N). { A = build_type_name(parser, S, N); }
type_scope(A) ::= NAME(N) COLON_COLON. { A = build_type_name(parser, NULL, N); }
type_scope(A) ::= type_scope(S) NAME(N) COLON_COLON. { A = build_type_name(parser, S, N); }
type_base(A) ::= UNQUOTE(T) lparen expr(V) RPAREN(E). { A = build_unquote(parser, T, V, E); }

%code {
#undef TOKEN  // lemon has one too
#define TOKEN(KIND, text, flags) _Static_assert((int)TOKEN_##KIND == T_##KIND, "grammar.y and tokens.def differ");
#define T_EOF 0
#include "lexer/tokens.def"
#undef T_EOF

// ── What parser.c asks about the stack ──────────────────────────────────────────────────────────────────────────
// Follows what lemon would do with tokens, without doing it: a few states above `base` of the real stack are enough,
// because a reduction pushes one state for those it pops.
enum { TRIAL_MAX = 64 };

typedef struct Trial {
  const yyStackEntry *base;
  int count;
  YYACTIONTYPE pushed[TRIAL_MAX];
} Trial;

static YYACTIONTYPE trial_state(const Trial *trial) {
  return trial->count ? trial->pushed[trial->count - 1] : trial->base->stateno;
}

static bool trial_push(Trial *trial, YYACTIONTYPE state) {
  if (trial->count == TRIAL_MAX) return false;
  trial->pushed[trial->count++] = state;
  return true;
}

static bool trial_reduce(Trial *trial, unsigned rule) {
  int popped = -yyRuleInfoNRhs[rule];
  trial->base -= popped > trial->count ? popped - trial->count : 0;
  trial->count -= popped < trial->count ? popped : trial->count;
  return trial_push(trial, yy_find_reduce_action(trial_state(trial), yyRuleInfoLhs[rule]));
}

static bool trial_shift(Trial *trial, TokenKind kind) {
  for (;;) {
    YYACTIONTYPE action = yy_find_shift_action((YYCODETYPE)kind, trial_state(trial));
    if (action == YY_ACCEPT_ACTION) return true;
    if (action <= YY_MAX_SHIFT) return trial_push(trial, action);
    if (action <= YY_MAX_SHIFTREDUCE) return trial_push(trial, action + YY_MIN_REDUCE - YY_MIN_SHIFTREDUCE);
    if (action < YY_MIN_REDUCE || !trial_reduce(trial, action - YY_MIN_REDUCE)) return false;
  }
}

bool grammar_accepts_all(void *lemon, const TokenKind *kinds, int count) {
  Trial trial = {.base = ((yyParser *)lemon)->yytos};
  for (int i = 0; i < count; i++)
    if (!trial_shift(&trial, kinds[i])) return false;
  return true;
}

bool grammar_accepts(void *lemon, TokenKind kind) { return grammar_accepts_all(lemon, &kind, 1); }

bool grammar_shifts(void *lemon, TokenKind kind) {
  return yy_find_shift_action((YYCODETYPE)kind, ((yyParser *)lemon)->yytos->stateno) <= YY_MAX_SHIFTREDUCE;
}

bool grammar_pop(void *lemon, Token *token) {
  yyParser *stack = lemon;
  if (stack->yytos <= stack->yystack) return false;
  *token = stack->yytos->major < TOKEN_KIND_COUNT ? stack->yytos->minor.yy0 : (Token){0};
  yy_pop_parser_stack(stack);
  return true;
}

static void report_syntax_error(struct yyParser *lemon, Parser *parser, Token found) {
  parser_report(parser, lemon, found);
}

_Static_assert(sizeof(yyParser) <= GRAMMAR_PARSER_SIZE, "the parser's stack head has grown");
}
