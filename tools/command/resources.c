/* resources.c - prints one capacity resource: kind, times, free quantities.
 *
 * Unknown is printed as unknown. Every figure has its "as of" and its source. */
#include "command.h"

static const char *unit_words(lb_unit unit)
{
    switch (unit) {
    case LB_UNIT_MILLI_TEU:
        return "TEU";
    case LB_UNIT_KG:
        return "kg";
    case LB_UNIT_LITRE:
        return "litres";
    case LB_UNIT_WAGON:
        return "wagons";
    case LB_UNIT_TRUCK:
        return "trucks";
    case LB_UNIT_TRAIN:
        return "trains";
    case LB_UNIT_UNIT:
        return "containers";
    default:
        return lb_unit_name(unit);
    }
}

static void print_figure(const char *word, lb_unit unit, int64_t value)
{
    if (value != LB_UNKNOWN)
        printf("  %s %s", word, show_quantity(unit, value).text);
}

static void print_units(const common_options *common, const lb_unit_figures *figures)
{
    lb_unit unit = figures->unit;
    bool is_known = figures->free != LB_UNKNOWN;
    const char *tint = !is_known ? DIM : figures->free > 0 ? GREEN : RED;
    if (!is_known && figures->effective == LB_UNKNOWN && figures->used != LB_UNKNOWN)
        printf("    %s %s", show_quantity(unit, figures->used).text, unit_words(unit));
    else
        printf("    %s%s %s free%s", colour(stdout, tint), show_quantity(unit, figures->free).text,
               unit_words(unit), colour(stdout, PLAIN));
    print_figure("of", unit, figures->effective);
    if (figures->nominal != figures->effective)
        print_figure("nominal", unit, figures->nominal);
    print_figure("booked", unit, figures->booked);
    print_figure("held", unit, figures->held);
    if (is_known || figures->effective != LB_UNKNOWN)
        print_figure("used", unit, figures->used);
    print_figure("waitlisted", unit, figures->waitlisted);
    if (figures->as_of_us != LB_UNKNOWN)
        printf("  %sas of %s, %s%s", colour(stdout, DIM), show_time(common, figures->as_of_us).text,
               show_text(figures->source), colour(stdout, PLAIN));
    putchar('\n');
}

static void print_moment(const common_options *common, const char *word, const lb_times *times)
{
    if (times->actual_us != LB_UNKNOWN)
        printf("  %s %s", word, show_time(common, times->actual_us).text);
    else if (times->estimated_us != LB_UNKNOWN)
        printf("  %s est %s", word, show_time(common, times->estimated_us).text);
    else if (times->planned_us != LB_UNKNOWN)
        printf("  %s plan %s", word, show_time(common, times->planned_us).text);
}

static lb_span named(lb_span name, lb_span key)
{
    return name.len > 0 ? name : key;
}

void print_resource(const common_options *common, const lb_resource *resource)
{
    printf("%s%s%s  %s", colour(stdout, BOLD), show_text(resource->id), colour(stdout, PLAIN),
           lb_resource_kind_name(resource->kind));
    if (resource->name.len > 0)
        printf("  %s", show_text(resource->name));
    lb_span from = named(resource->from_name, resource->from);
    lb_span to = named(resource->to_name, resource->to);
    if (from.len > 0)
        printf("  %s", show_text(from));
    if (to.len > 0)
        printf(" -> %s", show_text(to));
    print_moment(common, "dep", &resource->departure);
    print_moment(common, "arr", &resource->arrival);
    if (resource->cutoff_us != LB_UNKNOWN)
        printf("  cut-off %s", show_time(common, resource->cutoff_us).text);
    if (resource->window_from_us != LB_UNKNOWN || resource->window_until_us != LB_UNKNOWN)
        printf("  from %s until %s", show_time(common, resource->window_from_us).text,
               show_time(common, resource->window_until_us).text);
    putchar('\n');
    for (size_t i = 0; i < resource->units.count; i++)
        print_units(common, &resource->units.at[i]);
    if (resource->reason.len > 0)
        printf("    %s\n", show_text(resource->reason));
    for (size_t i = 0; i < resource->bans.count; i++)
        printf("    %sban%s %s\n", colour(stdout, RED), colour(stdout, PLAIN),
               show_text(resource->bans.at[i]));
}

int print_resources(const common_options *common, const lb_answer *answer)
{
    if (common->json)
        print_json(answer);
    else
        for (size_t i = 0; i < answer->capacity.resources.count; i++)
            print_resource(common, &answer->capacity.resources.at[i]);
    return answer->capacity.resources.count > 0 ? EXIT_FINE : EXIT_NOTHING;
}
