// Parser: tokens to AST. Entry: parse_module.
#ifndef QZ_PARSER_PARSER_H
#define QZ_PARSER_PARSER_H

#include "parser/ast.h"

// The module node of a source file. Never NULL: what could not be parsed is missing or a POISON node, and a message
// for it is in context->diags.
AstNode *parse_module(Context *context, const Source *source);
// One fragment, for string-template macros and derived methods: a list of declarations, as a MODULE node.
// (The same as parse_module; named for the reader.)
#define parse_declarations parse_module

#endif
