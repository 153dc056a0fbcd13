// A value that no arm covers, as the pattern that would.
#include <string.h>

#include "sema/const_eval.h"
#include "sema/match_internal.h"

static void print(MatchCheck *check, Text *out, const Witness *witness);

static const Interner *names_of(const MatchCheck *check) { return check->program->context->names; }

static bool is_wild(const Witness *witness) {
  ValueRange whole = type_has_ranges(witness->type) ? range_of_type(witness->type) : (ValueRange){1, 0};
  if (witness->ctor.kind == CTOR_RANGE)
    return witness->ctor.range.low == whole.low && witness->ctor.range.high == whole.high;
  if (witness->ctor.kind == CTOR_OTHER) return witness->type->kind != TYPE_STRING;
  if (witness->ctor.kind != CTOR_SINGLE) return witness->ctor.kind == CTOR_WILD || witness->ctor.kind == CTOR_OPAQUE;
  if (witness->type->kind == TYPE_TUPLE || witness->type->kind == TYPE_NEWTYPE) return false;
  for (uint32_t i = 0; i < witness->count; i++)
    if (!is_wild(witness->fields[i])) return false;
  return true;
}

static void print_list(MatchCheck *check, Text *out, Witness *const *items, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(out, ", ");
    print(check, out, items[i]);
  }
}

// ── Values in order ─────────────────────────────────────────────────────────────────────────────────────────────
static void print_char(Text *out, uint32_t c) {
  bool is_plain =
      c > 0x20 && c != 0x7F && c != '\'' && c != '\\' && (c < 0x80 || c > 0x9F) && (c < 0xD800 || c > 0xF8FF);
  text_char(out, '\'');
  if (is_plain) const_append_char(out, c);
  else text_printf(out, "\\u{%X}", c);
  text_char(out, '\'');
}

static void print_code(Text *out, const Type *type, uint64_t code) {
  if (type->kind == TYPE_BOOL) text_append(out, code ? "true" : "false");
  else if (type->kind == TYPE_CHAR) print_char(out, (uint32_t)code);
  else if (type_is_signed(type)) text_printf(out, "%lld", (long long)(code - range_encode(type, 0)));
  else text_printf(out, "%llu", (unsigned long long)code);
}

static void print_range(Text *out, const Type *type, uint64_t low, uint64_t high) {
  ValueRange whole = range_of_type(type);
  if (low == high) {
    print_code(out, type, low);
  } else if (low == whole.low) {
    text_append(out, "..=");
    print_code(out, type, high);
  } else {
    print_code(out, type, low);
    text_append(out, high == whole.high ? ".." : "..=");
    if (high != whole.high) print_code(out, type, high);
  }
}

// ── Literals ────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_float(Text *out, uint64_t bits) {
  double number;
  memcpy(&number, &bits, sizeof number);
  text_printf(out, "%.17g", number);
}

static void print_literal(const MatchCheck *check, Text *out, const Type *type, uint64_t literal) {
  const Interner *names = names_of(check);
  if (type->kind == TYPE_PTR) {
    text_append(out, "nil");
  } else if (type_is_float(type)) {
    print_float(out, literal);
  } else if (type->kind == TYPE_SYMBOL) {
    text_printf(out, ":%s", name_text(names, (Name)literal));
  } else if (type_is_number(type)) {
    text_printf(out, "%llu", (unsigned long long)literal);
  } else {
    text_append(out, type->kind == TYPE_STRING ? "\"" : "b\"");
    text_escaped(out, name_text(names, (Name)literal), name_size(names, (Name)literal));
    text_char(out, '"');
  }
}

// ── Values with fields ──────────────────────────────────────────────────────────────────────────────────────────
static bool is_typed(const Witness *witness) {
  return witness->ctor.kind == CTOR_VARIANT && witness->type->kind == TYPE_UNION && is_wild(witness->fields[0]);
}

static void print_member(MatchCheck *check, Text *out, const Witness *witness) {
  if (!is_typed(witness)) {
    print(check, out, witness->fields[0]);
    return;
  }
  text_append(out, "_: ");
  type_print(out, names_of(check), witness->type->tuple.elements->items[witness->ctor.index]);
}

// In a variant's parentheses and behind a field's name `_: T` would be a field named `_`.
static void print_part(MatchCheck *check, Text *out, const Witness *witness) {
  bool needs_parens = is_typed(witness);
  if (needs_parens) text_char(out, '(');
  print(check, out, witness);
  if (needs_parens) text_char(out, ')');
}

static void print_named_fields(MatchCheck *check, Text *out, const Witness *witness) {
  const FieldList *fields = sema_fields(check->program, witness->type);
  uint32_t shown = 0;
  text_append(out, "{ ");
  for (uint32_t i = 0; i < witness->count; i++) {
    if (is_wild(witness->fields[i])) continue;
    text_printf(out, "%s%s: ", shown++ ? ", " : "", name_text(names_of(check), fields->items[i].name));
    print_part(check, out, witness->fields[i]);
  }
  text_append(out, shown < witness->count ? ", ... }" : " }");
}

static void print_single(MatchCheck *check, Text *out, const Witness *witness) {
  const Type *type = witness->type;
  bool is_nominal = type->kind == TYPE_STRUCT || type->kind == TYPE_NEWTYPE;
  if (is_nominal) text_append(out, name_text(names_of(check), type->nominal.decl->name));
  if (type->kind == TYPE_TUPLE || type->kind == TYPE_NEWTYPE) {
    text_char(out, '(');
    print_list(check, out, witness->fields, witness->count);
    text_append(out, type->kind == TYPE_TUPLE && witness->count == 1 ? ",)" : ")");
    return;
  }
  if (is_nominal) text_char(out, ' ');
  print_named_fields(check, out, witness);
}

static void print_variant(MatchCheck *check, Text *out, const Witness *witness) {
  uint32_t index = witness->ctor.index;
  if (witness->type->kind == TYPE_UNION) {
    print_member(check, out, witness);
    return;
  }
  text_append(out, name_text(names_of(check), sema_variants(check->program, witness->type)->items[index].name));
  if (!witness->count) return;
  text_char(out, '(');
  for (uint32_t i = 0; i < witness->count; i++) {
    if (i) text_append(out, ", ");
    print_part(check, out, witness->fields[i]);
  }
  text_char(out, ')');
}

static void print_elements(MatchCheck *check, Text *out, const Witness *witness) {
  uint32_t prefix = witness->ctor.list.prefix;
  text_char(out, '[');
  print_list(check, out, witness->fields, prefix);
  if (witness->ctor.list.has_rest) text_append(out, prefix ? ", ..." : "...");
  if (witness->count > prefix) text_append(out, ", ");
  print_list(check, out, witness->fields + prefix, witness->count - prefix);
  text_char(out, ']');
}

static void print(MatchCheck *check, Text *out, const Witness *witness) {
  if (is_wild(witness)) {
    text_char(out, '_');
    return;
  }
  switch (witness->ctor.kind) {
    case CTOR_SINGLE: print_single(check, out, witness); return;
    case CTOR_VARIANT: print_variant(check, out, witness); return;
    case CTOR_RANGE: print_range(out, witness->type, witness->ctor.range.low, witness->ctor.range.high); return;
    case CTOR_LIST: print_elements(check, out, witness); return;
    case CTOR_LITERAL: print_literal(check, out, witness->type, witness->ctor.literal); return;
    case CTOR_OTHER: text_append(out, "\"…\""); return;
    case CTOR_WILD: case CTOR_OPAQUE: case CTOR_OR: break;
  }
  text_char(out, '_');
}

const char *witness_text(MatchCheck *check, const Witness *witness) {
  Text out = {.arena = check->program->context->arena};
  print(check, &out, witness);
  return text_str(&out);
}
