// SPDX-License-Identifier: Apache-2.0
#include "svg.hpp"

#include <array>

#include "text_table.hpp"

namespace wattpurse::cli {

namespace {

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

std::string attribute(std::string_view name, int value)
{
    return ' ' + std::string{name} + "=\"" + std::to_string(value) + '"';
}

std::string attribute(std::string_view name, std::string_view value)
{
    return ' ' + std::string{name} + "=\"" + std::string{value} + '"';
}

struct rgb {
    int red;
    int green;
    int blue;
};

}  // namespace

void svg::rectangle(int x, int y, int width, int height, std::string_view fill)
{
    body_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
             attribute("height", height) + attribute("fill", fill) + "/>\n";
}

void svg::line(int x1, int y1, int x2, int y2, std::string_view colour)
{
    body_ += "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
             attribute("y2", y2) + attribute("stroke", colour) + "/>\n";
}

void svg::path(const std::string& steps, std::string_view colour, int thickness)
{
    body_ += "<path" + attribute("d", steps) + attribute("fill", "none") +
             attribute("stroke", colour) + attribute("stroke-width", thickness) + "/>\n";
}

void svg::text(int x, int y, std::string_view what, int size, std::string_view colour, anchor at)
{
    constexpr std::array<std::string_view, 3> names{"start", "middle", "end"};
    body_ += "<text" + attribute("x", x) + attribute("y", y) + attribute("font-size", size) +
             attribute("fill", colour) +
             attribute("text-anchor", names[static_cast<std::size_t>(at)]) + '>' + escaped(what) +
             "</text>\n";
}

std::string svg::picture(int height, std::string_view title) const
{
    const std::string box = "0 0 " + std::to_string(width_) + ' ' + std::to_string(height);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", width_) +
           attribute("height", height) + attribute("viewBox", box) +
           " font-family=\"'Noto Sans', 'Noto Sans CJK SC', 'DejaVu Sans', Arial, sans-serif\""
           " shape-rendering=\"crispEdges\">\n<title>" +
           escaped(title) + "</title>\n<rect" + attribute("width", width_) +
           attribute("height", height) + " fill=\"#fff\"/>\n" + body_ + "</svg>\n";
}

int text_width(std::string_view what, int size)
{
    return static_cast<int>(display_width(what)) * size * 62 / 100;
}

std::string scale_colour(std::size_t index, std::size_t count)
{
    constexpr std::array<rgb, 5> stops{
        {{44, 123, 182}, {140, 195, 222}, {245, 226, 140}, {251, 171, 96}, {215, 25, 28}}};
    constexpr std::size_t steps = 100 * (stops.size() - 1);
    const std::size_t at = count < 2 ? 0 : index * steps / (count - 1);
    const std::size_t left = at == steps ? stops.size() - 2 : at / 100;
    const int rest = static_cast<int>(at - left * 100);
    const auto mixed = [&](int rgb::*part) {
        const int from = stops[left].*part;
        const int value = from + (stops[left + 1].*part - from) * rest / 100;
        constexpr std::string_view hex = "0123456789abcdef";
        return std::string{hex[static_cast<std::size_t>(value) / 16],
                           hex[static_cast<std::size_t>(value) % 16]};
    };
    return '#' + mixed(&rgb::red) + mixed(&rgb::green) + mixed(&rgb::blue);
}

}  // namespace wattpurse::cli
