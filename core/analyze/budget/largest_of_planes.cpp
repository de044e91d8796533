// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/largest_of_planes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitloom {

namespace {

using Point = std::array<double, 2>;

/// A line a · x = b in the plane of the coordinates.
struct Line {
    Point a = {};
    double b = 0;
};

double leastAt(const std::vector<Plane>& planes, const Point& x)
{
    double least = std::numeric_limits<double>::infinity();
    for (const Plane& plane : planes)
        least = std::min(least, plane.at(x));
    return least;
}

/// Where two planes are equally high.
Line crease(const Plane& p, const Plane& q)
{
    return {{p.slope[0] - q.slope[0], p.slope[1] - q.slope[1]}, q.value - p.value};
}

/// Looks at corners: of the box, where a crease leaves it, and where creases meet.
class Corners {
public:
    Corners(const std::vector<Plane>& planes, double box)
        : m_planes(planes)
        , m_box(box)
        , m_edges{Line{{1, 0}, 0}, Line{{1, 0}, box}, Line{{0, 1}, 0}, Line{{0, 1}, box}}
    {
        m_best.value = -std::numeric_limits<double>::infinity();
    }

    Top best()
    {
        for (const double x : {0.0, m_box})
            for (const double y : {0.0, m_box})
                look({x, y});
        for (size_t i = 0; i < m_planes.size(); ++i)
            for (size_t j = 0; j < i; ++j) {
                const Line line = crease(m_planes[i], m_planes[j]);
                for (const Line& edge : m_edges)
                    meet(line, edge);
                for (size_t k = 0; k < j; ++k)
                    meet(line, crease(m_planes[j], m_planes[k]), &m_planes[i]);
            }
        return m_best;
    }

private:
    /// `through`: a plane that the corner lies on, which then tells whether it is worth a look.
    void meet(const Line& p, const Line& q, const Plane* through = nullptr)
    {
        const double determinant = p.a[0] * q.a[1] - p.a[1] * q.a[0];
        const double size =
            (std::abs(p.a[0]) + std::abs(p.a[1])) * (std::abs(q.a[0]) + std::abs(q.a[1]));
        if (std::abs(determinant) <= 1e-12 * size)
            return;
        const Point x = {(p.b * q.a[1] - q.b * p.a[1]) / determinant,
                         (p.a[0] * q.b - q.a[0] * p.b) / determinant};
        if (!through || through->at(x) > m_best.value)
            look(x);
    }
    void look(const Point& x)
    {
        const double slack = 1e-12 * m_box;
        if (std::min(x[0], x[1]) < -slack || std::max(x[0], x[1]) > m_box + slack)
            return;
        const Point inside = {std::clamp(x[0], 0.0, m_box), std::clamp(x[1], 0.0, m_box)};
        const double value = leastAt(m_planes, inside);
        if (value > m_best.value)
            m_best = {inside, value};
    }

    const std::vector<Plane>& m_planes;
    double m_box;
    std::array<Line, 4> m_edges;
    Top m_best;
};

} // namespace

Top largestOfPlanes(const std::vector<Plane>& planes, double box)
{
    return Corners(planes, box).best();
}

} // namespace bitloom
