// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/half.h"
#include "core/storage/plain_scheme.h"
#include "core/storage/schemes/families.h"

#include <cstring>

namespace bitloom {

namespace {

/// Numbers kept one by one as `Stored` (float or 16 bits).
template <class Stored, Stored (*Encode)(float), float (*Decode)(Stored)>
class Numbers : public PlainScheme {
public:
    Numbers(std::string_view id, std::string_view family, std::string_view description)
        : m_id(id)
        , m_family(family)
        , m_description(description)
    {
    }

    std::string_view id() const override { return m_id; }
    std::string description() const override { return std::string(m_description); }
    SchemeTraits traits() const override { return {.family = m_family}; }
    int bits() const override { return 8 * static_cast<int>(sizeof(Stored)); }
    bool accepts(int64_t columns) const override { return columns >= 1; }
    int64_t rowBytes(int64_t columns) const override
    {
        return columns * static_cast<int64_t>(sizeof(Stored));
    }
    void decode(std::span<const std::byte> /*parameters*/, std::span<const std::byte> bytes,
                int64_t rows, int64_t columns, std::span<float> out) const override
    {
        const auto count = static_cast<size_t>(rows * columns);
        for (size_t i = 0; i < count; ++i) {
            Stored stored;
            std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
            out[i] = Decode(stored);
        }
    }
    void encodePlain(std::span<const float> values, std::span<std::byte> out) const override
    {
        for (size_t i = 0; i < values.size(); ++i) {
            const Stored stored = Encode(values[i]);
            std::memcpy(out.data() + i * sizeof(Stored), &stored, sizeof(Stored));
        }
    }

private:
    std::string_view m_id;
    std::string_view m_family;
    std::string_view m_description;
};

float asIs(float value)
{
    return value;
}

} // namespace

const Scheme& f32Scheme()
{
    static const Numbers<float, asIs, asIs> scheme("f32", "float",
                                                   "Single precision, 32 bits per weight.");
    return scheme;
}

const Scheme& f16Scheme()
{
    static const Numbers<uint16_t, floatToHalf, halfToFloat> scheme(
        "f16", "float", "Half precision, 16 bits per weight, 11 of them significant; up to 65504.");
    return scheme;
}

const Scheme& bf16Scheme()
{
    static const Numbers<uint16_t, floatToBfloat, bfloatToFloat> scheme(
        "bf16", "bfloat",
        "Brain float, 16 bits per weight, 8 of them significant; the range of f32.");
    return scheme;
}

} // namespace bitloom
