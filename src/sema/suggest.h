// Suggestions for names that are not there; each is NULL when nothing is near. Included by internal.h.
#ifndef QZ_SEMA_SUGGEST_H
#define QZ_SEMA_SUGGEST_H

const char *suggest(Sema *sema, Module *module, Name name);  // a visible name
const char *closest_name(Context *context, Name wanted, const Name *names, uint32_t count);
const char *suggest_habit(Context *context, Name name);      // what another language calls so
const char *suggest_import(Sema *sema, Module *module,
                           const char *path);  // equal to `path` when there is such a module
const char *method_suggest(Checker *checker, Type *receiver, Name name);
const char *method_habit(Checker *checker, Type *receiver, Name name);

// Says how `name`, which is no module here, could be one.
void help_import(Sema *sema, Module *module, Name name, Diag *diag);

#endif
