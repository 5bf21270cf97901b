/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "svg.h"

static const char *escaped(RtArena *arena, const char *text)
{
        RtText result = RT_TEXT(arena);
        for (const char *s = rt_printable(arena, text, 400); *s; s++)
                if (*s == '&')
                        rt_text_add(&result, "&amp;");
                else if (*s == '<')
                        rt_text_add(&result, "&lt;");
                else if (*s == '>')
                        rt_text_add(&result, "&gt;");
                else if (*s == '"')
                        rt_text_add(&result, "&quot;");
                else
                        rt_text_add_char(&result, *s);
        return result.data;
}

static void grow(RtSvg *svg, double y)
{
        if (y > svg->height)
                svg->height = y;
}

void rt_svg_init(RtSvg *svg, RtArena *arena, double width)
{
        *svg = (RtSvg){ .body = RT_TEXT(arena), .width = width };
}

const char *rt_svg_document(const RtSvg *svg)
{
        const double margin = 16;
        return rt_printf(svg->body.arena,
                         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                         "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\">\n"
                         "<defs><pattern id=\"unknown\" width=\"6\" height=\"6\" "
                         "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                         "<rect width=\"6\" height=\"6\" fill=\"#eeeeee\"/>"
                         "<rect width=\"2\" height=\"6\" fill=\"#999999\"/></pattern></defs>\n"
                         "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n%s</svg>\n",
                         svg->width, svg->height + margin, svg->width, svg->height + margin,
                         svg->body.data);
}

void rt_svg_box(RtSvg *svg, double x, double y, double width, double height, const char *fill,
                const char *title)
{
        rt_text_addf(&svg->body,
                     "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"", x, y,
                     width, height, fill);
        if (title)
                rt_text_addf(&svg->body, "><title>%s</title></rect>\n",
                             escaped(svg->body.arena, title));
        else
                rt_text_add(&svg->body, "/>\n");
        grow(svg, y + height);
}

void rt_svg_line(RtSvg *svg, double x1, double y1, double x2, double y2, const char *colour)
{
        rt_text_addf(&svg->body,
                     "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1,
                     y1, x2, y2, colour);
        grow(svg, y1 > y2 ? y1 : y2);
}

void rt_svg_text(RtSvg *svg, double x, double y, double size, RtAnchor anchor, const char *colour,
                 const char *text)
{
        static const char *const words[] = { "start", "middle", "end" };
        rt_text_addf(&svg->body,
                     "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.0f\" text-anchor=\"%s\" "
                     "fill=\"%s\">%s</text>\n",
                     x, y, size, words[anchor], colour, escaped(svg->body.arena, text));
        grow(svg, y + size / 3);
}

/* Okabe and Ito's set, without black and yellow. */
const char *rt_svg_colour(size_t index)
{
        static const char *const colours[] = { "#0072b2", "#e69f00", "#009e73",
                                               "#cc79a7", "#56b4e9", "#8c6d31" };
        return colours[index % RT_ELEMENTS(colours)];
}
