#ifndef QZ_DRIVER_VERSION_H
#define QZ_DRIVER_VERSION_H

#define QUARTZ_VERSION "0.1.0"

#endif
