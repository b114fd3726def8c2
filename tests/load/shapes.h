/* shapes.h - a view with cargo that is expensive to query, beside ordinary cargo: for measurements and tests.
 *
 *     b7   bkg:SHAPE7    a consignment on 20,000 trucks
 *     b8   bkg:SHAPE80 … bkg:SHAPE87   eight consignments, each in all others; 2,000 events on the first
 *     b9   container SHAU0000010       400 uses
 *     b26  bkg:SHAPEA in bkg:SHAPEB and the other way round
 *     day  container LBKU2048176       a box on a train, 20 events
 *
 * The sizes are divided by `less`, so that a test of steps needs no minutes. */
#ifndef LOAD_SHAPES_H
#define LOAD_SHAPES_H

#include "answer/answer.h"
#include "keep/view.h"

typedef struct lb_shape {
    const char *name, *reference;
    bool all_cycles;
} lb_shape;

enum { LB_SHAPES = 5 };
extern const lb_shape lb_shapes[LB_SHAPES];

/* Puts all shapes into the view and flushes it. */
lb_err lb_shapes_put(lb_view *view, int64_t less);

#endif
