/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Just enough SVG: texts are escaped, numbers have one decimal, and the same calls give the same
 * bytes. Coordinates are pixels from the top left. */

#include "text.h"

typedef struct RtSvg {
        RtText body;
        double width, height; /* grows with what is drawn */
} RtSvg;

void rt_svg_init(RtSvg *svg, RtArena *arena, double width);
/* The whole document, with a white ground. */
const char *rt_svg_document(const RtSvg *svg);

/* `title` (may be NULL) is what a viewer shows when one points at it. */
void rt_svg_box(RtSvg *svg, double x, double y, double width, double height, const char *fill,
                const char *title);
void rt_svg_line(RtSvg *svg, double x1, double y1, double x2, double y2, const char *colour);

typedef enum RtAnchor { RT_START, RT_MIDDLE, RT_END } RtAnchor;
/* `size` in pixels; `y` is the baseline. */
void rt_svg_text(RtSvg *svg, double x, double y, double size, RtAnchor anchor, const char *colour,
                 const char *text);
/* The same in at most about `width` pixels: the middle of longer texts is left out, and a viewer
 * shows all of it when one points at it. */
void rt_svg_text_within(RtSvg *svg, double x, double y, double size, RtAnchor anchor,
                        const char *colour, const char *text, double width);
/* Upright, with its head at `head`. */
void rt_svg_arrow(RtSvg *svg, double x, double tail, double head, const char *colour);
/* The next in a row of colours that also those can tell apart who see fewer of them. */
const char *rt_svg_colour(size_t index);
