// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/place_rows.h"

#include "core/base/error.h"

#include <algorithm>
#include <cstring>

namespace bitloom {

namespace {

/// Where the rows of a view lie in a tensor: in its lines, which are the rows or, where those are
/// exchanged, the columns of its entries one below the other; of a vector, its numbers.
class Layout {
public:
    Layout(const Shape& shape, const View& view)
        : m_view(view)
        , m_vector(shape.size() <= 1)
        , m_width(m_vector ? 1 : shape.back())
        , m_height(m_vector ? elementCount(shape) : shape[shape.size() - 2])
        , m_entries(elementCount(shape) / (m_width * m_height))
    {
        const int64_t ofEntry = shape.size() > 2 ? elementCount(shape) / shape.front() : 0;
        if (view.entry >= 0) {
            m_firstLine = view.entry * (view.transposed ? m_width : ofEntry / m_width);
            m_step = shape.size() > 3 ? ofEntry / shape[1] / m_width : 1;
        } else if (shape.size() > 2) {
            m_step = ofEntry / m_width;
        }
    }
    bool isVector() const { return m_vector; }
    int64_t lines() const { return m_entries * (m_view.transposed ? m_width : m_height); }
    /// Of what the view shows, a shape.
    int64_t linesOf(const Shape& part) const
    {
        return elementCount(part) / (m_vector ? 1 : part.back());
    }
    /// The line that a row of the view is.
    int64_t line(int64_t row) const
    {
        return m_firstLine + (m_view.isStretch() ? m_view.first * m_step + row : m_view.row(row));
    }
    /// The place of a number among all of the tensor.
    int64_t at(int64_t row, int64_t column) const
    {
        if (m_vector)
            return line(column);
        if (!m_view.transposed)
            return line(row) * m_width + column;
        const int64_t entry = line(row) / m_width;
        return (entry * m_height + column) * m_width + line(row) % m_width;
    }

private:
    const View& m_view;
    bool m_vector;
    int64_t m_width;  ///< numbers of a stored row
    int64_t m_height; ///< rows of an innermost matrix
    int64_t m_entries;
    int64_t m_firstLine = 0; ///< of the entry that is seen
    int64_t m_step = 1;      ///< lines from one entry along the first dimension to the next
};

} // namespace

void placeRows(const Matrix& rows, int64_t first, const View& view, const Shape& shape,
               const PlainScheme& scheme, std::span<std::byte> out)
{
    const auto size = static_cast<size_t>(scheme.rowBytes(1));
    const Layout layout(shape, view);
    std::vector<std::byte> bytes(static_cast<size_t>(rows.size()) * size);
    scheme.encodePlain(rows.values, bytes);
    const bool apart = view.transposed || layout.isVector();
    const int64_t together = apart ? 1 : rows.columns; // numbers that follow each other
    for (int64_t row = 0; row < rows.rows; ++row)
        for (int64_t column = 0; column < rows.columns; column += together)
            std::memcpy(out.data() + static_cast<size_t>(layout.at(first + row, column)) * size,
                        bytes.data() + static_cast<size_t>(row * rows.columns + column) * size,
                        static_cast<size_t>(together) * size);
}

void requireWholeCover(const std::string& name, const Shape& shape, const std::vector<View>& views)
{
    const auto refuse = [&](const std::string& why) {
        throw Error("export", "tensor " + name + " cannot be put together: " + why);
    };
    std::vector<bool> begun;
    int64_t seen = 0;
    for (const View& view : views) {
        if (view.transposed != views.front().transposed)
            refuse("its slots show rows and columns of it");
        const Shape part = shownShape(name, shape, view);
        const Layout layout(shape, view);
        begun.resize(static_cast<size_t>(layout.lines()));
        for (int64_t row = 0; row < layout.linesOf(part); ++row) {
            if (begun[static_cast<size_t>(layout.line(row))])
                refuse("its slots show the same numbers twice");
            begun[static_cast<size_t>(layout.line(row))] = true;
        }
        seen += elementCount(part);
    }
    if (seen != elementCount(shape))
        refuse("its slots show " + std::to_string(seen) + " of its " +
               std::to_string(elementCount(shape)) + " numbers");
}

} // namespace bitloom
