// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/schemes/dense_scheme.h"

namespace bitloom {

/// A fixed codebook: what a scheme of it is called and which levels a scale multiplies.
struct CodebookForm {
    std::string_view id;
    std::string_view description;
    std::string_view family; ///< SchemeTraits::family
    int64_t groupSize;       ///< columns that share a scale
    /// Ascending, some on either side of 0 and 0 among them. Codes that fewer than 2ⁿ leave over
    /// are never stored.
    std::vector<float> levels;
};

/// Codes that stand for the levels of a codebook, times a half scale per group.
class CodebookScheme : public DenseScheme {
public:
    explicit CodebookScheme(CodebookForm form);

    std::string_view id() const override { return m_form.id; }
    std::string description() const override { return std::string(m_form.description); }
    SchemeTraits traits() const override
    {
        return {.family = m_form.family, .groupSize = m_form.groupSize};
    }
    Grid makeGrid(int64_t rows, int64_t columns) const override;
    void fitBlock(std::span<const float> values, RangeSearch search, Grid& grid, int64_t row,
                  int64_t firstColumn) const override;

private:
    CodebookForm m_form;
};

} // namespace bitloom
