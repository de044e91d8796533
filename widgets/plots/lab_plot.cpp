// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/lab_plot.h"

#include "widgets/base/figures.h"

#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr double kDotReach = 9; // pixels around a dot that count as on it

/// Logarithms know nothing else.
bool canBeDrawn(const LabDot& dot)
{
    return dot.predicted > 0 && dot.measured > 0;
}

void makeLogarithmic(QCPAxis* axis)
{
    axis->setScaleType(QCPAxis::stLogarithmic);
    axis->setTicker(QSharedPointer<QCPAxisTickerLog>::create());
    axis->setNumberFormat(QStringLiteral("gb"));
    axis->setNumberPrecision(0);
}

} // namespace

LabPlot::LabPlot(QWidget* parent)
    : LabPlot(QStringLiteral("labPlot"), tr("Predicted against measured"), parent)
{
}

LabPlot::LabPlot(const QString& name, const QString& title, QWidget* parent)
    : PlotBase(name, title, parent)
    , m_line(addGraph())
    , m_focus(addGraph())
{
    setMouseTracking(true);
    for (QCPAxis* axis : {xAxis, yAxis})
        makeLogarithmic(axis);
    m_line->setName(tr("equal"));
    m_focus->setLineStyle(QCPGraph::lsNone);
    restyle();
    setDots({}, {}, false, {});
}

void LabPlot::setQuantity(const QString& predicted, const QString& measured)
{
    setAxisLabel(xAxis, predicted);
    setAxisLabel(yAxis, measured);
    redrawSoon();
}

void LabPlot::setDots(const QList<LabDot>& dots, const QStringList& kinds, bool sameUnit,
                      const QString& why)
{
    m_dots.clear();
    std::copy_if(dots.begin(), dots.end(), std::back_inserter(m_dots), canBeDrawn);
    std::stable_sort(m_dots.begin(), m_dots.end(),
                     [](const LabDot& a, const LabDot& b) { return a.measured < b.measured; });
    m_kinds = kinds;
    m_sameUnit = sameUnit;
    m_focused = -1;
    for (QCPGraph* series : std::as_const(m_series))
        removeGraph(series);
    m_series.clear();
    for (int kind = 0; kind < kinds.size(); ++kind) {
        m_series.append(addGraph());
        setFullName(m_series.back(), kinds[kind]);
        m_series.back()->setLineStyle(QCPGraph::lsNone);
        m_series.back()->addToLegend();
    }
    for (const LabDot& dot : std::as_const(m_dots))
        m_series[dot.kind]->addData(dot.predicted, dot.measured);
    setLegendShown(!m_dots.isEmpty());
    setEmptyText(m_dots.isEmpty() ? why : QString());
    if (!m_dots.isEmpty())
        setSummary(tr("%n measurements", nullptr, static_cast<int>(m_dots.size())) +
                   tr(", from %1 to %2.")
                       .arg(plainFigure(m_dots.front().measured))
                       .arg(plainFigure(m_dots.back().measured)));
    applyStyle();
    showFocus();
    fitAxes();
}

void LabPlot::applyStyle()
{
    static const QList<QCPScatterStyle::ScatterShape> kShapes = {
        QCPScatterStyle::ssDisc,    QCPScatterStyle::ssTriangle,         QCPScatterStyle::ssSquare,
        QCPScatterStyle::ssDiamond, QCPScatterStyle::ssTriangleInverted, QCPScatterStyle::ssCross};
    for (int kind = 0; kind < m_series.size(); ++kind) {
        const QPen pen = style().overlayPen(kind % kMostOverlays);
        m_series[kind]->setScatterStyle(
            QCPScatterStyle(kShapes[kind % kShapes.size()], pen.color(), pen.color(), 6));
    }
    m_line->setPen(QPen(style().muted, 1, Qt::DashLine));
    m_focus->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssSquare, QPen(style().text, 1), Qt::NoBrush, 16));
}

void LabPlot::fitAxes()
{
    m_line->data()->clear();
    if (m_dots.isEmpty())
        return;
    const auto [left, right] =
        std::minmax_element(m_dots.begin(), m_dots.end(), [](const LabDot& a, const LabDot& b) {
            return a.predicted < b.predicted;
        });
    constexpr double kMargin = 1.6;
    QCPRange x(left->predicted / kMargin, right->predicted * kMargin);
    QCPRange y(m_dots.front().measured / kMargin, m_dots.back().measured * kMargin);
    if (m_sameUnit) { // the same range, so that the line runs through the corners
        x.expand(y);
        y = x;
        m_line->addData(x.lower, x.lower);
        m_line->addData(x.upper, x.upper);
    }
    xAxis->setRange(x);
    yAxis->setRange(y);
    redrawSoon();
}

std::optional<QPointF> LabPlot::dotPosition(qsizetype index) const
{
    if (index < 0 || index >= m_dots.size())
        return std::nullopt;
    const LabDot& dot = m_dots[index];
    return QPointF(xAxis->coordToPixel(dot.predicted), yAxis->coordToPixel(dot.measured));
}

qsizetype LabPlot::dotAt(const QPointF& position) const
{
    qsizetype nearest = -1;
    double least = kDotReach;
    for (qsizetype i = 0; i < m_dots.size(); ++i) {
        const QPointF away = *dotPosition(i) - position;
        const double distance = std::hypot(away.x(), away.y());
        if (distance <= least) {
            least = distance;
            nearest = i;
        }
    }
    return nearest;
}

QString LabPlot::describe(const LabDot& dot) const
{
    return tr("%1, %2: predicted %3, measured %4")
        .arg(dot.label, m_kinds[dot.kind])
        .arg(plainFigure(dot.predicted))
        .arg(plainFigure(dot.measured));
}

void LabPlot::showFocus()
{
    m_focus->data()->clear();
    if (m_focused >= 0)
        m_focus->addData(m_dots[m_focused].predicted, m_dots[m_focused].measured);
    redrawSoon();
}

void LabPlot::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->position();
    PlotBase::mousePressEvent(event);
}

void LabPlot::mouseReleaseEvent(QMouseEvent* event)
{
    PlotBase::mouseReleaseEvent(event);
    const QPointF moved = event->position() - m_pressed;
    const qsizetype dot = dotAt(event->position());
    if (event->button() == Qt::LeftButton && moved.manhattanLength() <= 4 && dot >= 0)
        emit dotChosen(m_dots[dot].id);
}

void LabPlot::mouseMoveEvent(QMouseEvent* event)
{
    PlotBase::mouseMoveEvent(event);
    const qsizetype dot = dotAt(event->position());
    setCursor(dot >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (dot >= 0 && event->buttons() == Qt::NoButton)
        QToolTip::showText(event->globalPosition().toPoint(), describe(m_dots[dot]), this);
    else
        QToolTip::hideText();
}

void LabPlot::keyPressEvent(QKeyEvent* event)
{
    const bool left = event->key() == Qt::Key_Left;
    if ((!left && event->key() != Qt::Key_Right) || m_dots.isEmpty())
        return PlotBase::keyPressEvent(event);
    m_focused = std::clamp<qsizetype>(m_focused + (left ? -1 : 1), 0, m_dots.size() - 1);
    showFocus();
    setSummary(describe(m_dots[m_focused]));
    emit dotChosen(m_dots[m_focused].id);
}

TextTable LabPlot::table() const
{
    TextTable result;
    result.header = {tr("layer"), tr("scheme"), axisLabel(xAxis), axisLabel(yAxis)};
    for (const LabDot& dot : m_dots)
        result.rows.append({dot.label, m_kinds[dot.kind], QString::number(dot.predicted, 'g', 6),
                            QString::number(dot.measured, 'g', 6)});
    return result;
}

} // namespace bitloom
