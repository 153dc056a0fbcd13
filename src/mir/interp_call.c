// Control: jumps, calls of interpreted functions (a frame each, no C stack), calls of C functions by libffi, and
// addresses of interpreted functions that C code can call. Built with -fexceptions, as interp.c.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "mir/interp.h"

// ── Frames ──────────────────────────────────────────────────────────────────────────────────────────────────────
void interp_panic(Interp *in, const char *text) {
  QzPlace place = interp_panic_place(in, in->stack.at);
  qz_panic(qz_string_new((const uint8_t *)text, (int64_t)strlen(text)), place);
}

static bool has_room(const InterpStack *stack, uint64_t size) {
  uint64_t left = (uint64_t)(stack->limit - stack->top);
  if (stack->unwinds) return stack->depth < INTERP_DEPTH_LIMIT + INTERP_DEPTH_RESERVE && size <= left;
  return stack->depth < INTERP_DEPTH_LIMIT && size + INTERP_STACK_RESERVE <= left;
}

char *interp_push(Interp *in, Code *code, const Insn *call) {
  if (!code->insns) interp_decode(code);
  char *frame = in->stack.top;
  if (!has_room(&in->stack, code->frame_size)) interp_panic(in, "stack overflow");
  *(Frame *)frame = (Frame){code, call, in->bases[ROOT_FRAME]};
  return frame;
}

const Insn *interp_enter(Interp *in, const Code *code, char *frame) {
  in->bases[ROOT_FRAME] = frame;
  in->stack.top = frame + code->frame_size;
  in->stack.depth++;
  return code->insns;
}

static const Insn *do_return(Interp *in, const Insn *insn) {
  (void)insn;
  char *callee = in->bases[ROOT_FRAME];
  const Frame *frame = (const Frame *)callee;
  const Insn *call = frame->call;
  if (!call) return NULL;  // its result is taken from the frame by whom called from C
  in->bases[ROOT_FRAME] = frame->caller;
  in->stack.top = callee;
  in->stack.depth--;
  const Code *code = frame->code;  // glue has no result, whatever the statement that called it writes
  if (call->size && code->result_size)
    memcpy(interp_address(in, &call->dest), callee + code->offsets[MIR_RETURN_LOCAL], call->size);
  return call + 1;
}

// ── Jumps ───────────────────────────────────────────────────────────────────────────────────────────────────────
static const Insn *do_goto(Interp *in, const Insn *insn) {
  (void)in;
  return insn->yes;
}

static const Insn *do_branch(Interp *in, const Insn *insn) {
  return INTERP_ARG(uint8_t, &insn->a) ? insn->yes : insn->no;
}

static const Insn *do_switch(Interp *in, const Insn *insn) {
  const MirStmt *stmt = insn->stmt;
  int64_t value = (int64_t)interp_load_integer(stmt->operands[0].type, interp_address(in, &insn->a));
  for (uint32_t i = 0; i + 1 < stmt->target_count; i++)
    if (stmt->cases[i] == value) return insn->targets[i];
  return insn->targets[stmt->target_count - 1];
}

// The message's owner is the panic from now on.
static const Insn *do_panic(Interp *in, const Insn *insn) {
  QzPlace place = interp_panic_place(in, insn);
  interp_mark(in, insn);
  qz_panic(INTERP_ARG(QzString *, &insn->a), place);
  return NULL;
}

static const Insn *do_unreachable(Interp *in, const Insn *insn) {
  QzPlace place = interp_place(in, insn);
  fprintf(stderr, "quartz: internal error: control came to `unreachable` (%s:%u:%u)\n", place.file, place.line,
          place.column);
  abort();
}

static const Insn *do_resume(Interp *in, const Insn *insn) {
  (void)in, (void)insn;
  return NULL;
}

// ── Calls of interpreted functions ──────────────────────────────────────────────────────────────────────────────
static void pass_arguments(Interp *in, const Insn *insn, const Code *code, char *frame, bool drops_closure) {
  uint32_t count = insn->stmt->operand_count - drops_closure;
  for (uint32_t i = 0; i < count; i++) {
    char *from = interp_address(in, &insn->args[i + drops_closure]);
    char *to = frame + code->offsets[i + 1];
    uint64_t size = code->function->locals.data[i + 1].type->size;
    if (size == 8) INTERP_STORE(uint64_t, to, INTERP_LOAD(uint64_t, from));
    else memcpy(to, from, size);
  }
}

static const Insn *do_call(Interp *in, const Insn *insn) {
  Code *code = insn->extra;
  in->stack.at = insn;
  char *frame = interp_push(in, code, insn);
  pass_arguments(in, insn, code, frame, false);
  return interp_enter(in, code, frame);
}

// ── Types and functions of C ────────────────────────────────────────────────────────────────────────────────────
static ffi_type *ffi_aggregate(Interp *in, const MirType *type, ffi_type **elements) {
  ffi_type *made = arena_new(&in->arena, ffi_type);
  *made = (ffi_type){
      .size = type->size, .alignment = (unsigned short)type->align, .type = FFI_TYPE_STRUCT, .elements = elements};
  return made;
}

static ffi_type *ffi_struct(Interp *in, const MirType *type) {
  ffi_type **elements = arena_array(&in->arena, ffi_type *, type->fields.field_count + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < type->fields.field_count; i++)
    if (type->fields.fields[i].type->size) elements[count++] = interp_ffi_type(in, type->fields.fields[i].type);
  return ffi_aggregate(in, type, elements);
}

static ffi_type *ffi_repeated(Interp *in, const MirType *type, ffi_type *element, uint64_t count) {
  ffi_type **elements = arena_array(&in->arena, ffi_type *, count + 1);
  for (uint64_t i = 0; i < count; i++) elements[i] = element;
  return ffi_aggregate(in, type, elements);
}

// An enum is passed as the words it takes: C has no such type, and only Quartz reads it again.
static ffi_type *ffi_enum(Interp *in, const MirType *type) {
  if (type->enum_.repr == MIR_ENUM_NICHE) return &ffi_type_pointer;
  ffi_type *const by_align[] = {
      [1] = &ffi_type_uint8, [2] = &ffi_type_uint16, [4] = &ffi_type_uint32, [8] = &ffi_type_uint64};
  return ffi_repeated(in, type, by_align[type->align], type->size / type->align);
}

ffi_type *interp_ffi_type(Interp *in, const MirType *type) {
  switch (type->kind) {
    case MIR_TYPE_VOID:
    case MIR_TYPE_NEVER: return &ffi_type_void;
    case MIR_TYPE_BOOL:
    case MIR_TYPE_U8: return &ffi_type_uint8;
    case MIR_TYPE_I8: return &ffi_type_sint8;
    case MIR_TYPE_I16: return &ffi_type_sint16;
    case MIR_TYPE_I32: return &ffi_type_sint32;
    case MIR_TYPE_I64: return &ffi_type_sint64;
    case MIR_TYPE_U16: return &ffi_type_uint16;
    case MIR_TYPE_U32:
    case MIR_TYPE_CHAR: return &ffi_type_uint32;
    case MIR_TYPE_U64: return &ffi_type_uint64;
    case MIR_TYPE_F32: return &ffi_type_float;
    case MIR_TYPE_F64: return &ffi_type_double;
    case MIR_TYPE_PTR:
    case MIR_TYPE_STRING:
    case MIR_TYPE_REF:
    case MIR_TYPE_FN: return &ffi_type_pointer;
    case MIR_TYPE_STRUCT: return type->size ? ffi_struct(in, type) : &ffi_type_void;
    case MIR_TYPE_ENUM: return ffi_enum(in, type);
    case MIR_TYPE_ARRAY:
      return type->size ? ffi_repeated(in, type, interp_ffi_type(in, type->array.element), type->array.count)
                        : &ffi_type_void;
    case MIR_TYPE_OBJECT:
    case MIR_TYPE_KIND_COUNT: break;
  }
  return &ffi_type_void;
}

static bool is_integral_result(const MirType *type) { return mir_type_is_scalar(type) && !mir_type_is_float(type); }

// How to call a C function from one statement: variadic calls differ from call to call.
typedef struct Native {
  ffi_cif cif;
  void (*address)(void);
} Native;

static ffi_type **argument_types(Interp *in, const MirStmt *stmt) {
  ffi_type **types = arena_array(&in->arena, ffi_type *, stmt->operand_count + 1);
  for (uint32_t i = 0; i < stmt->operand_count; i++) types[i] = interp_ffi_type(in, stmt->operands[i].type);
  return types;
}

// The runtime's functions by its table, all others as the dynamic linker knows them.
static void *symbol_address(const char *name) {
  static const struct {
    const char *name;
    void *address;
  } runtime[] = {
#define RUNTIME(symbol, result, parameters, attributes) {#symbol, (void *)symbol},
#include "runtime/runtime.def"
  };
  for (size_t i = 0; i < sizeof runtime / sizeof *runtime; i++)
    if (strcmp(runtime[i].name, name) == 0) return runtime[i].address;
  return dlsym(RTLD_DEFAULT, name);
}

// What stands for the address of a C function that does not exist.
static void missing_function(void) {
  static const char text[] = "the address of a C function that is not found was called";
  qz_panic(qz_string_new((const uint8_t *)text, sizeof text - 1), (QzPlace){.file = ""});
}

static const Insn *do_call_missing(Interp *in, const Insn *insn) {
  Text text = {.arena = &in->arena};
  text_printf(&text, "the C function `%s` is not found",
              name_text(in->module->context->names, insn->stmt->callee->symbol));
  interp_mark(in, insn);
  interp_panic(in, text_str(&text));
  return NULL;
}

static Native *native_new(Interp *in, const MirStmt *stmt, const MirType *result, void *address, bool is_variadic,
                          uint32_t fixed) {
  Native *native = arena_new(&in->arena, Native);
  ffi_type **types = argument_types(in, stmt);
  ffi_type *to = interp_ffi_type(in, result);
  ffi_status status = is_variadic
                          ? ffi_prep_cif_var(&native->cif, FFI_DEFAULT_ABI, fixed, stmt->operand_count, to, types)
                          : ffi_prep_cif(&native->cif, FFI_DEFAULT_ABI, stmt->operand_count, to, types);
  if (status != FFI_OK) {
    fprintf(stderr, "quartz: internal error: libffi refuses a call\n");
    abort();
  }
  memcpy(&native->address, &address, sizeof address);
  return native;
}

typedef struct Standing {
  Interp *in;
  InterpStack stack;
} Standing;

static void go_on_here(Standing *standing) { interp_go_on(standing->in, &standing->stack); }

// Results narrower than a register come back widened to one.
static const Insn *call_native(Interp *in, const Insn *insn, Native *native) {
  void *arguments[insn->stmt->operand_count + 1];
  for (uint32_t i = 0; i < insn->stmt->operand_count; i++) arguments[i] = interp_address(in, &insn->args[i]);
  union {
    ffi_arg word;
    char *bytes;
  } small;
  uint64_t room = native->cif.rtype->size;
  char *result = room > sizeof small ? in->stack.top : (char *)&small;
  interp_mark(in, insn);
  __attribute__((cleanup(go_on_here))) Standing here = {in, interp_standing(in)};  // the function may wait
  if (room > sizeof small) in->stack.top += (room + INTERP_FRAME_ALIGN - 1) & ~(uint64_t)(INTERP_FRAME_ALIGN - 1);
  ffi_call(&native->cif, native->address, result, arguments);
  interp_go_on(in, &here.stack);
  if (insn->size) memcpy(interp_address(in, &insn->dest), result, insn->size);
  return insn + 1;
}

static const Insn *do_call_native(Interp *in, const Insn *insn) { return call_native(in, insn, insn->extra); }

// ── Calls of function values ────────────────────────────────────────────────────────────────────────────────────
// The code of a closure is an address. Ours lead back to the function; any other is C code.
static const Insn *do_call_fn(Interp *in, const Insn *insn) {
  QzClosure *closure = INTERP_ARG(QzClosure *, &insn->args[0]);
  Entry *entry = map_get(&in->entries, map_key(closure->code));
  if (!entry) {
    Native *native = insn->extra;
    memcpy(&native->address, &closure->code, sizeof closure->code);
    return call_native(in, insn, native);
  }
  Code *code = entry->code;
  interp_mark(in, insn);
  char *frame = interp_push(in, code, insn);
  pass_arguments(in, insn, code, frame, entry->drops_closure);
  return interp_enter(in, code, frame);
}

void interp_prepare_call(Interp *in, Insn *insn) {
  const MirStmt *stmt = insn->stmt;
  insn->size = stmt->dest.type ? stmt->dest.type->size : 0;
  if (stmt->op == MIR_OP_CALL_FN) {
    insn->extra = native_new(in, stmt, stmt->operands[0].type->fn.result, NULL, false, 0);
    return;
  }
  const MirFunction *callee = stmt->callee;
  if (callee->blocks.size) {
    insn->extra = interp_code(in, stmt->callee);
    return;
  }
  void *address = symbol_address(name_text(in->module->context->names, callee->symbol));
  insn->run = address ? do_call_native : do_call_missing;
  if (!address) return;
  insn->extra = native_new(in, stmt, callee->result, address, callee->is_variadic, callee->fixed_params);
}

// ── Addresses for C code ────────────────────────────────────────────────────────────────────────────────────────
static void entered_from_c(ffi_cif *cif, void *result, void **arguments, void *user) {
  (void)cif;
  Entry *entry = user;
  const MirType *type = entry->code->function->result;
  if (!is_integral_result(type) || type->size == sizeof(ffi_arg)) {
    interp_run(entry->code->interp, entry->code, arguments + entry->drops_closure, result);
    return;
  }
  uint64_t narrow = 0;
  interp_run(entry->code->interp, entry->code, arguments + entry->drops_closure, &narrow);
  *(ffi_arg *)result = interp_load_integer(type, (const char *)&narrow);
}

static void prepare_entry(Interp *in, Entry *entry) {
  const MirFunction *function = entry->code->function;
  uint32_t count = function->param_count + entry->drops_closure;
  ffi_type **types = arena_array(&in->arena, ffi_type *, count + 1);
  types[0] = &ffi_type_pointer;
  for (uint32_t i = 0; i < function->param_count; i++)
    types[i + entry->drops_closure] = interp_ffi_type(in, function->locals.data[i + 1].type);
  entry->closure = ffi_closure_alloc(sizeof(ffi_closure), &entry->address);
  if (!entry->closure ||
      ffi_prep_cif(&entry->cif, FFI_DEFAULT_ABI, count, interp_ffi_type(in, function->result), types) != FFI_OK ||
      ffi_prep_closure_loc(entry->closure, &entry->cif, entered_from_c, entry, entry->address) != FFI_OK) {
    fprintf(stderr, "quartz: internal error: libffi makes no address for a function\n");
    abort();
  }
}

static void *address_of_declared(Interp *in, const MirFunction *function) {
  void *found = symbol_address(name_text(in->module->context->names, function->symbol));
  return found ? found : (void *)missing_function;
}

void *interp_entry(Interp *in, MirFunction *function, bool drops_closure) {
  if (!function->blocks.size && !drops_closure) return address_of_declared(in, function);
  Code *code = interp_code(in, function);
  if (!code->entries[drops_closure]) {
    Entry *entry = code->entries[drops_closure] = arena_new(&in->arena, Entry);
    entry->code = code;
    entry->drops_closure = drops_closure;
    entry->older = in->newest_entry;
    in->newest_entry = entry;
    prepare_entry(in, entry);
    map_put(&in->arena, &in->entries, map_key(entry->address), entry);
  }
  return code->entries[drops_closure]->address;
}

Handler *interp_control_handler(const MirStmt *stmt) {
  switch ((int)stmt->op) {
    case MIR_OP_CALL: return do_call;
    case MIR_OP_CALL_FN: return do_call_fn;
    case MIR_OP_INTRINSIC: return interp_intrinsic_handler(stmt->intrinsic);
    case MIR_OP_GOTO: return do_goto;
    case MIR_OP_BRANCH: return do_branch;
    case MIR_OP_SWITCH: return do_switch;
    case MIR_OP_RETURN: return do_return;
    case MIR_OP_PANIC: return do_panic;
    case MIR_OP_UNREACHABLE: return do_unreachable;
    case MIR_OP_RESUME: return do_resume;
    default: return NULL;  // another file's
  }
}
