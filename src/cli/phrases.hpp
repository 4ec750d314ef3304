// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace wattpurse::cli {

/// The language that people are told things in. Keys and codes of JSON are the same in all.
enum class speech : unsigned char { english, chinese };

/// What the programme says, in the language of its user. The English text is the key; the others
/// stand in share/phrases. What has no translation is said in English.
class phrases {
public:
    explicit phrases(speech language) : language_{language} {}

    /// `{}` stands for the next of `values`, `{1}` for the first, `{2}` for the second.
    [[nodiscard]] std::string operator()(std::string_view english,
                                         std::initializer_list<std::string_view> values = {}) const;

    [[nodiscard]] speech language() const { return language_; }

private:
    speech language_;
};

}  // namespace wattpurse::cli
