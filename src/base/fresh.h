// Fresh names: what a macro binds gets a name that no source text can contain. "tmp∙3" is the `tmp` of expansion 3.
#ifndef QZ_BASE_FRESH_H
#define QZ_BASE_FRESH_H

#include "base/interner.h"
#include "base/text.h"

Name name_fresh(Interner *names, Name name, uint32_t expansion);
bool name_is_fresh(const Interner *names, Name name);
Name name_written(Interner *names, Name name);  // what stands in the macro's text; any other name as it is

// Text that may hold fresh names, as its author wrote them.
void text_append_written(Text *out, const char *text, size_t size);

#endif
