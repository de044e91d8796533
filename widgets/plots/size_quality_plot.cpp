// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/size_quality_plot.h"

#include "widgets/base/figures.h"

#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace bitloom {

namespace {

constexpr double kReach = 9; // pixels around a dot that count as on it

/// Measured figures are truer than predicted ones, so they place the dot.
std::optional<double> lossOf(const VisitedState& state)
{
    return state.measured ? state.measured : state.predicted;
}

/// The corners that no other one is better than in both, from small to large.
QList<QPointF> undominated(QList<QPointF> corners)
{
    std::stable_sort(corners.begin(), corners.end(), [](const QPointF& a, const QPointF& b) {
        return std::pair(a.x(), a.y()) < std::pair(b.x(), b.y());
    });
    QList<QPointF> best;
    for (const QPointF& corner : std::as_const(corners))
        if (best.isEmpty() || corner.y() < best.last().y())
            best.append(corner);
    return best;
}

} // namespace

SizeQualityPlot::SizeQualityPlot(QWidget* parent)
    : PlotBase(QStringLiteral("sizeQuality"), tr("Size against quality of the states visited"),
               parent)
    , m_budget(this)
{
    setMouseTracking(true);
    setAxisLabel(xAxis, tr("file size (MiB)"));
    setQuantity(tr("loss"), tr("loss"));
    m_front = addGraph(); // below the dots
    m_front->setName(tr("best found"));
    for (QCPGraph** graph : {&m_predicted, &m_measured, &m_now, &m_focus, &m_below}) {
        *graph = addGraph();
        (*graph)->setLineStyle(QCPGraph::lsNone);
    }
    m_predicted->setName(tr("predicted"));
    m_measured->setName(tr("measured"));
    m_now->setName(tr("now"));
    m_below->setName(tr("now, measured better than predicted"));
    for (QCPGraph* graph : {m_predicted, m_measured, m_now})
        graph->addToLegend();
    keepRoomForFlags();
    restyle();
    redraw();
}

void SizeQualityPlot::applyStyle()
{
    const QColor old = style().plain;
    m_predicted->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(old, 1.5), Qt::NoBrush, 8));
    m_measured->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(old, 1.5), QBrush(old), 10));
    m_now->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, QPen(style().quantized, 1.5),
                                           QBrush(style().quantized), 12));
    m_below->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(style().quantized, 1.5), Qt::NoBrush, 20));
    m_front->setPen(QPen(style().original, 1.5));
    m_budget.applyStyle(style(), font());
    m_focus->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssSquare, QPen(style().text, 1), Qt::NoBrush, 18));
}

void SizeQualityPlot::setQuantity(const QString& name, const QString& title)
{
    m_name = name;
    m_title = title;
    setAxisLabel(yAxis, title);
    redrawSoon();
}

void SizeQualityPlot::setStates(const QList<VisitedState>& states, int currentId)
{
    m_states = states;
    m_current = currentId;
    m_focused = -1;
    redraw();
    fitAxes();
}

void SizeQualityPlot::setFront(const QList<QPointF>& corners)
{
    m_corners = corners;
    redraw();
    fitAxes();
}

const VisitedState* SizeQualityPlot::current() const
{
    const auto found =
        std::find_if(m_states.begin(), m_states.end(),
                     [this](const VisitedState& state) { return state.id == m_current; });
    return found == m_states.end() ? nullptr : &*found;
}

void SizeQualityPlot::redrawFront()
{
    m_best = m_corners;
    const VisitedState* now = current();
    const std::optional<double> best = now ? bestOf(now->mebibytes) : std::nullopt;
    if (now && now->predicted && !m_best.isEmpty() && (!best || *now->predicted < *best))
        m_best = undominated(m_best << QPointF(now->mebibytes, *now->predicted));
    m_front->data()->clear();
    for (const QPointF& corner : std::as_const(m_best))
        m_front->addData(corner.x(), corner.y());
    m_below->data()->clear();
    const bool below = now && isBelowBest(*now);
    if (below)
        m_below->addData(now->mebibytes, *lossOf(*now));
    for (const auto& [graph, shown] : {std::pair(m_front, !m_best.isEmpty()), {m_below, below}})
        shown ? graph->addToLegend() : graph->removeFromLegend();
}

std::optional<double> SizeQualityPlot::bestOf(double mebibytes) const
{
    if (m_best.isEmpty() || mebibytes < m_best.first().x())
        return std::nullopt;
    for (qsizetype i = 1; i < m_best.size(); ++i) {
        const QPointF& from = m_best[i - 1];
        const QPointF& to = m_best[i];
        if (mebibytes < to.x())
            return from.y() + (to.y() - from.y()) * (mebibytes - from.x()) / (to.x() - from.x());
    }
    return m_best.last().y();
}

bool SizeQualityPlot::isBelowBest(const VisitedState& state) const
{
    const std::optional<double> best = bestOf(state.mebibytes);
    return best && state.measured && *state.measured < *best;
}

void SizeQualityPlot::setBudget(std::optional<double> mebibytes, const QString& label)
{
    m_budget.put(mebibytes);
    if (!label.isEmpty())
        m_budget.setLabel(label);
    if (mebibytes && !m_budget.isGripped() && !xAxis->range().contains(*mebibytes))
        fitAxes(); // out of reach
    redrawSoon();
}

void SizeQualityPlot::redraw()
{
    bool any = false;
    QString now;
    for (QCPGraph* graph : {m_predicted, m_measured, m_now, m_focus})
        graph->data()->clear();
    for (const VisitedState& state : m_states) {
        if (!lossOf(state))
            continue;
        any = true;
        (state.measured ? m_measured : m_predicted)->addData(state.mebibytes, *lossOf(state));
        if (state.id == m_current) {
            m_now->addData(state.mebibytes, *lossOf(state));
            now = describe(state);
        }
        if (state.id == m_focused)
            m_focus->addData(state.mebibytes, *lossOf(state));
    }
    redrawFront();
    setLegendShown(any);
    setEmptyText(any ? QString() : tr("Analyse the model to see size against quality."));
    m_budget.setShown(any);
    if (any)
        setSummary(tr("%n states visited", nullptr, static_cast<int>(m_states.size())) +
                   (now.isEmpty() ? QString() : tr("; now %1").arg(now)) + u'.');
    redrawSoon();
}

void SizeQualityPlot::fitAxes()
{
    if (!emptyText().isEmpty())
        return;
    std::vector<double> sizes;
    double greatest = 0; // of the states; the front may start where all is lost
    for (const VisitedState& state : m_states) {
        if (!lossOf(state))
            continue;
        sizes.push_back(state.mebibytes);
        greatest = std::max(greatest, *lossOf(state));
    }
    for (const QPointF& corner : m_corners)
        sizes.push_back(corner.x());
    if (m_budget.place())
        sizes.push_back(*m_budget.place());
    const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
    const double margin = std::max({(*most - *least) * 0.12, *most * 0.02, 1e-9});
    xAxis->setRange(*least - margin, *most + margin);
    if (greatest <= 0)
        greatest = 1e-3;
    yAxis->setRange(-greatest * 0.06, greatest * 1.2);
    redrawSoon();
}

std::optional<QPointF> SizeQualityPlot::dotPosition(int id) const
{
    for (const VisitedState& state : m_states)
        if (state.id == id && lossOf(state))
            return QPointF(xAxis->coordToPixel(state.mebibytes),
                           yAxis->coordToPixel(*lossOf(state)));
    return std::nullopt;
}

int SizeQualityPlot::stateAt(const QPointF& position) const
{
    int nearest = -1;
    double least = kReach;
    for (const VisitedState& state : m_states) {
        const std::optional<QPointF> dot = dotPosition(state.id);
        if (!dot)
            continue;
        const double distance = std::hypot(dot->x() - position.x(), dot->y() - position.y());
        if (distance <= least) {
            least = distance;
            nearest = state.id;
        }
    }
    return nearest;
}

QString SizeQualityPlot::describe(const VisitedState& state) const
{
    QString text = tr("%1: %2 MiB").arg(state.label, plainFigureTo(state.mebibytes, 2));
    if (state.predicted)
        text += tr(", predicted %1 %2").arg(m_name, plainFigure(*state.predicted));
    if (state.measured)
        text += tr(", measured %1 %2").arg(m_name, plainFigure(*state.measured));
    if (state.id == m_current && isBelowBest(state))
        text += tr("; that is below the line of the best found, which is predicted");
    return text;
}

void SizeQualityPlot::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->position();
    if (event->button() == Qt::LeftButton && m_budget.isAt(m_pressed) && stateAt(m_pressed) < 0)
        m_budget.grip(m_pressed);
    else
        PlotBase::mousePressEvent(event);
}

void SizeQualityPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_budget.isGripped()) {
        if (m_budget.letGo())
            emit budgetDropped(*m_budget.place());
        return;
    }
    PlotBase::mouseReleaseEvent(event);
    const QPointF moved = event->position() - m_pressed;
    if (event->button() != Qt::LeftButton || moved.manhattanLength() > 4)
        return;
    const int id = stateAt(event->position());
    if (id >= 0 && id != m_current)
        emit stateChosen(id);
}

void SizeQualityPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_budget.isGripped()) {
        PlotBase::mouseMoveEvent(event);
        showHint(*event);
    } else if (m_budget.drag(event->position())) {
        redrawSoon();
        emit budgetDragged(*m_budget.place());
    }
}

void SizeQualityPlot::showHint(const QMouseEvent& event)
{
    const int id = stateAt(event.position());
    const bool grips = id < 0 && m_budget.isAt(event.position());
    setCursor(id >= 0 ? Qt::PointingHandCursor : grips ? Qt::SizeHorCursor : Qt::ArrowCursor);
    if (event.buttons() != Qt::NoButton || (id < 0 && !grips))
        return QToolTip::hideText();
    QString text = tr("Budget: %1 MiB; drag to fit another size")
                       .arg(plainFigureTo(m_budget.place().value_or(0), 2));
    for (const VisitedState& state : m_states)
        if (state.id == id)
            text = describe(state);
    QToolTip::showText(event.globalPosition().toPoint(), text, this);
}

void SizeQualityPlot::focusState(int step)
{
    QList<VisitedState> drawn;
    std::copy_if(m_states.begin(), m_states.end(), std::back_inserter(drawn),
                 [](const VisitedState& state) { return lossOf(state).has_value(); });
    if (drawn.isEmpty())
        return;
    std::stable_sort(drawn.begin(), drawn.end(),
                     [](const auto& a, const auto& b) { return a.mebibytes < b.mebibytes; });
    const int from = m_focused >= 0 ? m_focused : m_current;
    const auto at = std::find_if(drawn.begin(), drawn.end(),
                                 [from](const VisitedState& state) { return state.id == from; });
    const auto place = at == drawn.end() ? 0 : at - drawn.begin() + step;
    const VisitedState& next = drawn[std::clamp<qsizetype>(place, 0, drawn.size() - 1)];
    m_focused = next.id;
    redraw();
    setSummary(describe(next));
}

void SizeQualityPlot::keyPressEvent(QKeyEvent* event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (event->key() == Qt::Key_Left)
        focusState(-1);
    else if (event->key() == Qt::Key_Right)
        focusState(1);
    else if (enter && m_focused >= 0 && m_focused != m_current)
        emit stateChosen(m_focused);
    else
        PlotBase::keyPressEvent(event);
}

TextTable SizeQualityPlot::table() const
{
    TextTable result;
    result.header = {tr("state"), tr("size (MiB)"), tr("predicted %1").arg(m_title),
                     tr("measured %1").arg(m_title), tr("now")};
    const auto text = [](const std::optional<double>& value) {
        return value ? QString::number(*value, 'g', 4) : QString();
    };
    for (const VisitedState& state : m_states)
        result.rows.append({state.label, QString::number(state.mebibytes, 'f', 3),
                            text(state.predicted), text(state.measured),
                            state.id == m_current ? tr("yes") : QString()});
    for (const QPointF& corner : m_best)
        result.rows.append(
            {tr("best found"), QString::number(corner.x(), 'f', 3), text(corner.y()), {}, {}});
    return result;
}

} // namespace bitloom
