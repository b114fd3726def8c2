/* right.h - rights as an operator gives them: are they well formed, and can they ever match?
 *
 * A right that can never match looks like a permission and is none, or like a bound and bounds nothing; so it is refused
 * when it is given, with the reason. What a right means when it is used stands in permission.h. Pure. */
#ifndef BASE_RIGHT_H
#define BASE_RIGHT_H

#include "base/permission.h"

/* `why` says what is wrong; lives for ever. */
bool lb_right_is_valid(lb_span text, const char **why);
/* Does it do anything for a party of these roles (a bit for each lb_party_role)? The right is well formed. */
bool lb_right_fits(lb_span text, unsigned roles, const char **why);

#endif
