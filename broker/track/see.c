/* see.c - which references the asker may see, and which events are about others' cargo. */
#include "track/see.h"

#include "landbridge/client/ident.h"

bool lb_sees_all(const lb_permission *permission)
{
    return permission == NULL || lb_permission_sees_all(permission);
}

static lb_span print_reference(const lb_reference *reference, char key[LB_KEY_ROOM])
{
    const lb_object as_object = {
        .kind = LB_KIND_CONSIGNMENT, .scheme = reference->scheme, .id = reference->value};
    return (lb_span){key, lb_object_key_print(key, LB_KEY_ROOM, &as_object)};
}

bool lb_sees_reference(const lb_permission *permission, const lb_reference *reference)
{
    char key[LB_KEY_ROOM];
    return lb_sees_all(permission) ||
           lb_permission_sees(permission, print_reference(reference, key));
}

bool lb_names_reference(const lb_permission *permission, const lb_event *event, lb_span key)
{
    char text[LB_KEY_ROOM];
    for (size_t i = 0; i < event->refs.count; i++)
        if (key.len == 0 ? lb_sees_reference(permission, &event->refs.at[i])
                         : lb_span_equal(print_reference(&event->refs.at[i], text), key))
            return true;
    return false;
}

bool lb_is_others(const lb_permission *permission, const lb_event *event)
{
    return !lb_sees_all(permission) && event->refs.count > 0 &&
           !lb_names_reference(permission, event, LB_EMPTY);
}
