/* effect.h - the effects of an event: every fact that it would make, and whether its sender's grants cover it.
 *
 *     event --lb_effects--> effects --> rows of the view (keep/view.c), from this list and from nothing else
 *                              |
 *                              +--> the access check (lb_effects_are_covered), over the same list
 *
 *     effect     of                                                  needs cover of
 *     STORY      each SUBJECT, each UNIT of an ASSO: what happened   the object
 *                to it, its fill, seals and quantities
 *     POSITION   each SUBJECT of a PING                              the object
 *     CALL       a SUBJECT that is a run: it calls at a place        the run
 *     YARD       a SUBJECT that is a container: it moves at a place  the container and the place
 *     WITHIN     an association: where the child is                  the child
 *     CONTENT    an association: what the parent has in it           the parent
 *     LIST       a closed list of all children of a parent           the parent
 *     LINK       a reference, named with each SUBJECT                the reference; and the SUBJECT's own cover
 *     CAPACITY   a resource                                          the resource, and for kinds that act on places
 *                                                                    each place that it names
 *     SHEET      a list in several messages of the same source       nothing
 *     RETRACT    an earlier event of the same source                 nothing
 *
 * The things that an event names are numbered in the order of CargoEvent.cover (event.proto). All functions are
 * pure; time and memory grow linearly with the number of things. */
#ifndef BASE_EFFECT_H
#define BASE_EFFECT_H

#include "arena.h"
#include "landbridge/client/event.h"

/* Numbers of effects are below; 0 is none. */
#define LB_ONE_MORE(prefix, name, number) +1
enum { LB_EFFECTS = 1 LB_EFFECT_MEMBERS(LB_ONE_MORE) };
#undef LB_ONE_MORE

typedef struct lb_effect {
    lb_effect_kind kind;
    size_t at;             /* index of the object, association or reference */
    const lb_place *place; /* of CALL and YARD */
    bool is_covered;
} lb_effect;

typedef struct lb_effect_list {
    lb_effect *at;
    size_t count, room;
} lb_effect_list;

/* A test event has no effects. A retraction has that effect only. */
lb_err lb_effects(const lb_event *event, lb_arena *arena, lb_effect_list *list);
bool lb_effects_are_covered(const lb_event *event); /* all effects; allocates nothing */

/* A yard, a crane, a ban: kinds whose statements apply to the places that they name. */
bool lb_resource_acts_on_places(lb_resource_kind kind);

/* The key that the effect is about, in the arena: an object's, a reference's, "resource:ID"; empty for SHEET and
 * RETRACT. */
lb_span lb_effect_key(const lb_event *event, const lb_effect *effect, lb_arena *arena);

/* -- things ------------------------------------------------------------------------------------------------- */

/* Places and the resource come after objects, associations and references. */
typedef enum lb_named {
    LB_NAMED_PLACE,
    LB_NAMED_COUNTER_PLACE,
    LB_NAMED_FROM,
    LB_NAMED_TO,
    LB_NAMED_RESOURCE,
    LB_NAMED_CAP_FROM,
    LB_NAMED_CAP_TO,
    LB_NAMED
} lb_named;

size_t lb_things(const lb_event *event); /* number of bits in its cover */
size_t lb_thing_of_object(const lb_event *event, size_t object);
size_t lb_thing_of_parent(const lb_event *event, size_t assoc);
size_t lb_thing_of_child(const lb_event *event, size_t assoc);
size_t lb_thing_of_reference(const lb_event *event, size_t reference);
size_t lb_thing_of_named(const lb_event *event, lb_named named);
const lb_place *lb_named_place(const lb_event *event, lb_named named); /* NULL: the resource */

/* By the cover that is stored with the event. Without one everything is covered, except in an event that an older
 * hub flagged NOT_ITS_OWN as a whole: there nothing is. */
bool lb_thing_is_covered(const lb_event *event, size_t thing);

/* Of an association: bit 0 the child is covered, bit 1 the parent. */
enum { LB_COVERS_CHILD = 1, LB_COVERS_PARENT = 2 };
unsigned lb_assoc_cover(const lb_event *event, size_t assoc);

/* True for an event with many things and many effects: each effect then keeps only the part that concerns it, since a
 * full copy for each would be quadratic. */
bool lb_effects_are_wide(const lb_event *event, const lb_effect_list *list);
/* The effect's own object and up to 16 others that are no SUBJECT, its own association, the first 64 references, and
 * the cover of these. `part` shares the memory of `event`. */
lb_err lb_effect_part(const lb_event *event, const lb_effect *effect, lb_arena *arena,
                      lb_event *part);
/* The event without uncovered references, without its cover and without the flag NOT_ITS_OWN: what is kept where the
 * effect is covered. */
lb_err lb_effect_bare(const lb_event *event, lb_arena *arena, lb_event *bare);

#endif
