/* right.h - validates rights as an operator gives them: well formed, and able to match anything.
 *
 * A right that can never match would pass for a permission, or for a limit, and have no effect; so it is refused when
 * it is given, with the reason. permission.h says what each right means. Pure. */
#ifndef BASE_RIGHT_H
#define BASE_RIGHT_H

#include "base/permission.h"

/* On false `why` is the reason, a static string. */
bool lb_right_is_valid(lb_span text, const char **why);
/* Has the right, which is well formed, an effect for a party with these roles (a bit for each lb_party_role)? */
bool lb_right_fits(lb_span text, unsigned roles, const char **why);

#endif
