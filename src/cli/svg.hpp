// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wattpurse::cli {

/// Where a text stands beside its point.
enum class anchor : unsigned char { start, middle, end };

/// A drawing that grows downwards; sizes are pixels, and whole ones.
class svg {
public:
    explicit svg(int width) : width_{width} {}

    void rectangle(int x, int y, int width, int height, std::string_view fill);
    void line(int x1, int y1, int x2, int y2, std::string_view colour);
    /// A path of right angles and the like: "M0 0H10V5".
    void path(const std::string& steps, std::string_view colour, int thickness);
    void text(int x, int y, std::string_view what, int size, std::string_view colour = "#222",
              anchor at = anchor::start);

    /// The whole picture, as high as that.
    [[nodiscard]] std::string picture(int height, std::string_view title) const;

private:
    int width_;
    std::string body_;
};

/// About how wide a text is at that size; rather too wide than too narrow.
[[nodiscard]] int text_width(std::string_view what, int size);

/// The colour of the `index`-th of `count`, from blue (cheap) over yellow to red (dear).
[[nodiscard]] std::string scale_colour(std::size_t index, std::size_t count);

}  // namespace wattpurse::cli
