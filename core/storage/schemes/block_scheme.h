// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/grid_scheme.h"
#include "core/storage/range_search.h"

namespace bitloom {

/// Where some bits of every code of a block lie. The codes are cut into stripes; byte l of a
/// stripe holds the bits of element l of 8/width consecutive stripes, lowest bits first.
struct BitPlane {
    int offset;    ///< first byte within the block
    int stripe;    ///< elements per stripe
    int width;     ///< bits of each code kept here
    int codeShift; ///< position of these bits in the code
};

/// One fixed-size block format of GGUF: where its parts lie and how its grid is fitted.
struct BlockForm {
    std::string_view id;
    std::string_view description;
    std::string_view family; ///< SchemeTraits::family
    int bits;
    int columns;   ///< weights per block
    int bytes;     ///< stored bytes per block
    int groupSize; ///< columns that share one scale
    int offset;    ///< zero point of all codes
    std::vector<BitPlane> planes;
    uint8_t codeFlip = 0; ///< bits inverted between the code and the stored byte (signed bytes)
    int scaleAt = 0;      ///< byte offset of the half scale
    int biasAt = -1;      ///< byte offset of the half bias; -1: none
    float biasSign = 1.0F;
    /// Sub-scales of two-level forms (null: one level), one signed byte per group each.
    void (*packSubs)(const int8_t* scales, const int8_t* biases, std::byte* block) = nullptr;
    void (*unpackSubs)(const std::byte* block, int8_t* scales, int8_t* biases) = nullptr;
    bool eitherSign = true; ///< bias-free scales may be negative, which spends the longer side
                            ///< of the codes on the extreme
    int lowestSub = 0;      ///< range of the sub-scales; sub-biases lie in [0, highestSub]
    int highestSub = 0;

    int groups() const { return columns / groupSize; }
    int maxCode() const { return (1 << bits) - 1; }
};

/// The scheme of a block form.
class BlockScheme : public GridScheme {
public:
    explicit BlockScheme(BlockForm form)
        : m_form(std::move(form))
    {
    }
    std::string_view id() const override { return m_form.id; }
    std::string description() const override { return std::string(m_form.description); }
    SchemeTraits traits() const override
    {
        return {.family = m_form.family, .groupSize = m_form.columns};
    }
    int bits() const override { return m_form.bits; }
    bool accepts(int64_t columns) const override;
    int64_t rowBytes(int64_t columns) const override;
    Grid makeGrid(int64_t rows, int64_t columns) const override;
    void fitBlock(std::span<const float> values, RangeSearch search, Grid& grid, int64_t row,
                  int64_t firstColumn) const override;
    void pack(const Grid& grid, std::span<const Code> codes,
              std::span<std::byte> out) const override;
    void unpack(std::span<const std::byte> bytes, int64_t rows, int64_t columns, Grid& grid,
                std::span<Code> codes) const override;

private:
    BlockForm m_form;
};

/// Fits the parameters of one block of `form` (all its groups) into `grid` at block `index`.
void fitBlockForm(const BlockForm& form, std::span<const float> values, RangeSearch search,
                  Grid& grid, size_t index);

} // namespace bitloom
