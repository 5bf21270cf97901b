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

static void add_text(RtSvg *svg, double x, double y, double size, RtAnchor anchor,
                     const char *colour, const char *text, const char *title)
{
        static const char *const words[] = { "start", "middle", "end" };
        RtArena *arena = svg->body.arena;
        rt_text_addf(&svg->body,
                     "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.0f\" text-anchor=\"%s\" "
                     "fill=\"%s\">%s%s%s%s</text>\n",
                     x, y, size, words[anchor], colour, title ? "<title>" : "",
                     title ? escaped(arena, title) : "", title ? "</title>" : "",
                     escaped(arena, text));
        grow(svg, y + size / 3);
}

void rt_svg_text(RtSvg *svg, double x, double y, double size, RtAnchor anchor, const char *colour,
                 const char *text)
{
        add_text(svg, x, y, size, anchor, colour, text, NULL);
}

/* Bytes of the first `n` characters. */
static size_t bytes_of(const char *text, size_t n)
{
        const char *s = text;
        for (; *s && n > 0; n--) {
                size_t length = rt_utf8_length(s);
                s += length > 0 ? length : 1;
        }
        return (size_t)(s - text);
}

static size_t characters_of(const char *text)
{
        size_t n = 0;
        for (; *text; n++)
                text += bytes_of(text, 1);
        return n;
}

void rt_svg_text_within(RtSvg *svg, double x, double y, double size, RtAnchor anchor,
                        const char *colour, const char *text, double width)
{
        /* What fonts without serifs need on average, and some more: nobody knows the font. */
        const double mean = 0.6;
        size_t most = (size_t)(width / (size * mean)), n = characters_of(text);
        if (n <= most) {
                rt_svg_text(svg, x, y, size, anchor, colour, text);
                return;
        }
        size_t kept = most > 1 ? most - 1 : 1, end = kept / 2;
        const char *cut = rt_printf(svg->body.arena, "%.*s…%s", (int)bytes_of(text, kept - end),
                                    text, text + bytes_of(text, n - end));
        add_text(svg, x, y, size, anchor, colour, cut, text);
}

void rt_svg_arrow(RtSvg *svg, double x, double tail, double head, const char *colour)
{
        const double wide = 2.5, base = head < tail ? head + 5 : head - 5;
        rt_svg_line(svg, x, tail, x, base, colour);
        rt_text_addf(&svg->body, "<path d=\"M%.1f %.1f L%.1f %.1f L%.1f %.1f Z\" fill=\"%s\"/>\n",
                     x, head, x - wide, base, x + wide, base, colour);
}

/* Okabe and Ito's set, without black, yellow and the red, which is for what is late; and again in
 * lighter tones. */
const char *rt_svg_colour(size_t index)
{
        static const char *const colours[] = { "#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                               "#56b4e9", "#8c6d31", "#66aad1", "#f0c566",
                                               "#66c5ab", "#e0afca", "#9ad2f2", "#baa783" };
        return colours[index % RT_ELEMENTS(colours)];
}
