// Between glue.c and glue_cycles.c.
#ifndef QZ_MIR_GLUE_H
#define QZ_MIR_GLUE_H

#include "mir/cfg.h"

// By type id: the OBJECT types of which one value can hold another, through whatever lies between. Releasing those can
// go as deep as the data does; all others go no deeper than the program has types.
const MirBits *mir_find_recursive_objects(MirModule *module);

#endif
