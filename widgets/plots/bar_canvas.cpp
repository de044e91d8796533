// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/bar_canvas.h"

#include "widgets/base/figures.h"

#include <QHelpEvent>
#include <QRubberBand>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitloom {

namespace {

constexpr int kMostGroupLabels = 14;

QString barNumber(double value)
{
    return plainFigure(value);
}

} // namespace

BarCanvas::BarCanvas(const QString& stem, const QString& name, QWidget* parent)
    : PlotBase(stem, name, parent)
    , m_emptySentence(tr("Nothing was measured yet."))
    , m_plain(new QCPBars(xAxis, yAxis))
    , m_selected(new QCPBars(xAxis, yAxis))
    , m_band(new QRubberBand(QRubberBand::Rectangle, this))
{
    axisRect()->setRangeZoom(Qt::Horizontal);
    axisRect()->setRangeDrag(Qt::Horizontal);
    xAxis->grid()->setVisible(false);
    xAxis->setSubTicks(false);
    for (QCPBars* bars : {m_plain, m_selected})
        bars->setWidth(0.8);
    m_band->hide();
    restyle();
    redraw();
}

void BarCanvas::setBars(const QList<Bar>& bars, const QString& axisLabel)
{
    const bool sameAxis = bars.size() == m_bars.size() && axisLabel == m_axisLabel;
    const QCPRange zoom = xAxis->range();
    m_bars = bars;
    m_axisLabel = axisLabel;
    if (!sameAxis)
        m_anchor = m_cursor = -1;
    redraw();
    fitAxes();
    if (sameAxis && emptyText().isEmpty())
        xAxis->setRange(zoom); // bars that fill in must not undo the user's zoom
}

void BarCanvas::setSelected(const QSet<int>& bars)
{
    if (m_chosen == bars)
        return;
    m_chosen = bars;
    redraw();
}

void BarCanvas::setEmptySentence(const QString& text)
{
    m_emptySentence = text;
    redraw();
}

void BarCanvas::setLogScale(bool on)
{
    m_log = on;
    yAxis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    yAxis->setTicker(on ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                        : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    yAxis->setNumberFormat(on ? QStringLiteral("eb") : QStringLiteral("gb"));
    yAxis->setNumberPrecision(on ? 0 : 6);
    fitAxes();
    redrawSoon();
}

QPointF BarCanvas::barPosition(int bar) const
{
    return {xAxis->coordToPixel(bar), axisRect()->center().y() + 0.0};
}

void BarCanvas::redraw()
{
    QVector<QCPBarsData> plain;
    QVector<QCPBarsData> selected;
    for (int i = 0; i < m_bars.size(); ++i)
        if (m_bars[i].value)
            (m_chosen.contains(i) ? selected : plain).append(QCPBarsData(i, *m_bars[i].value));
    const bool any = !plain.isEmpty() || !selected.isEmpty();
    m_plain->data()->set(plain, true);
    m_selected->data()->set(selected, true);
    setAxisLabel(yAxis, m_axisLabel);
    labelGroups();
    setEmptyText(any ? QString() : m_emptySentence);
    if (any)
        describe();
    redrawSoon();
}

void BarCanvas::labelGroups()
{
    struct Label {
        double middle;
        int size;
        QString text;
    };
    QList<Label> labels;
    const double apart = static_cast<double>(m_bars.size()) / kMostGroupLabels;
    for (int first = 0; first < m_bars.size();) {
        int end = first + 1;
        while (end < m_bars.size() && m_bars[end].group == m_bars[first].group)
            ++end;
        const Label label{(first + end - 1) / 2.0, end - first, m_bars[first].group};
        first = end;
        if (labels.isEmpty() || label.middle - labels.last().middle >= apart)
            labels.append(label);
        else if (label.size > labels.last().size) // the larger group keeps its name
            labels.last() = label;
    }
    QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    const QFontMetricsF metrics(xAxis->tickLabelFont());
    const QMargins margins = axisRect()->margins(); // its own width lags behind a resize
    const double barWidth = (width() - margins.left() - margins.right()) /
                            std::max(1.0, static_cast<double>(m_bars.size()));
    bool collide = labels.size() > 5;
    double freeFrom = -std::numeric_limits<double>::infinity();
    for (const Label& label : labels) {
        ticker->addTick(label.middle, label.text);
        const double half = metrics.horizontalAdvance(label.text + ' ') / 2;
        collide = collide || label.middle * barWidth - half < freeFrom;
        freeFrom = label.middle * barWidth + half;
    }
    xAxis->setTicker(ticker);
    xAxis->setTickLabelRotation(collide ? -30 : 0);
}

void BarCanvas::resizeEvent(QResizeEvent* event)
{
    PlotBase::resizeEvent(event);
    labelGroups(); // whether the names fit beside each other depends on the width
    redrawSoon();
}

void BarCanvas::describe()
{
    int known = 0;
    const Bar* greatest = nullptr;
    for (const Bar& bar : m_bars) {
        if (!bar.value)
            continue;
        ++known;
        if (!greatest || *bar.value > *greatest->value)
            greatest = &bar;
    }
    setSummary(tr("%1: %2 of %3 bars known, the greatest is %4 with %5; %6 selected.")
                   .arg(m_axisLabel)
                   .arg(known)
                   .arg(m_bars.size())
                   .arg(greatest->name, barNumber(*greatest->value))
                   .arg(m_chosen.size()));
}

void BarCanvas::applyStyle()
{
    m_plain->setPen(Qt::NoPen);
    m_plain->setBrush(style().plain);
    m_selected->setPen(QPen(style().text, 1));
    m_selected->setBrush(style().selected);
}

void BarCanvas::fitAxes()
{
    double greatest = 0;
    double least = HUGE_VAL; ///< above zero
    double lowest = 0;
    for (const Bar& bar : m_bars) {
        if (!bar.value)
            continue;
        greatest = std::max(greatest, *bar.value);
        lowest = std::min(lowest, *bar.value);
        if (*bar.value > 0)
            least = std::min(least, *bar.value);
    }
    if (greatest <= 0)
        greatest = lowest < 0 ? -lowest / 16 : 1;
    xAxis->setRange(-0.6, std::max(0.6, static_cast<double>(m_bars.size()) - 0.4));
    if (m_log)
        yAxis->setRange(std::min(least, greatest) / 2, greatest * 2);
    else
        yAxis->setRange(lowest * 1.08, greatest * 1.08);
}

int BarCanvas::barAt(double x) const
{
    const int bar = static_cast<int>(std::lround(xAxis->pixelToCoord(x)));
    return bar >= 0 && bar < m_bars.size() ? bar : -1;
}

QList<int> BarCanvas::span(int from, int to)
{
    QList<int> bars;
    for (int bar = std::min(from, to); bar <= std::max(from, to); ++bar)
        bars.append(bar);
    return bars;
}

void BarCanvas::clicked(int bar, Qt::KeyboardModifiers modifiers)
{
    const bool extend = modifiers.testFlag(Qt::ShiftModifier) && m_anchor >= 0 && bar >= 0;
    if (!extend)
        m_anchor = bar;
    m_cursor = bar;
    if (bar < 0)
        emit chosen({}, false, false);
    else
        emit chosen(extend ? span(m_anchor, bar) : QList<int>{bar}, false,
                    !extend && modifiers.testFlag(Qt::ControlModifier));
}

void BarCanvas::step(int by, bool extend)
{
    if (m_bars.isEmpty())
        return;
    m_cursor = std::clamp(m_cursor + by, 0, static_cast<int>(m_bars.size()) - 1);
    if (!extend || m_anchor < 0)
        m_anchor = m_cursor;
    emit chosen(span(m_anchor, m_cursor), false, false);
}

bool BarCanvas::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return PlotBase::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (!marginHint(help->pos()).isEmpty())
        return PlotBase::event(event);
    const int bar = emptyText().isEmpty() ? barAt(help->pos().x()) : -1;
    if (bar < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(),
                           m_bars[bar].value
                               ? tr("%1: %2").arg(m_bars[bar].name, barNumber(*m_bars[bar].value))
                               : tr("%1: not measured").arg(m_bars[bar].name),
                           this);
    return true;
}

void BarCanvas::mousePressEvent(QMouseEvent* event)
{
    const bool pans = event->modifiers().testFlag(Qt::AltModifier);
    if (event->button() != Qt::LeftButton || pans || !emptyText().isEmpty())
        return PlotBase::mousePressEvent(event);
    m_pressed = event->position().toPoint();
    event->accept();
}

void BarCanvas::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_pressed)
        return PlotBase::mouseMoveEvent(event);
    m_band->setGeometry(QRect(*m_pressed, event->position().toPoint()).normalized());
    m_band->setVisible((event->position().toPoint() - *m_pressed).manhattanLength() > 3);
}

void BarCanvas::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_pressed)
        return PlotBase::mouseReleaseEvent(event);
    const QRect dragged = QRect(*m_pressed, event->position().toPoint()).normalized();
    const bool banded = m_band->isVisible();
    m_band->hide();
    m_pressed.reset();
    if (!banded)
        return clicked(barAt(event->position().x()), event->modifiers());
    const double last = static_cast<double>(m_bars.size()) - 1;
    const int from =
        static_cast<int>(std::lround(std::clamp(xAxis->pixelToCoord(dragged.left()), 0.0, last)));
    const int to =
        static_cast<int>(std::lround(std::clamp(xAxis->pixelToCoord(dragged.right()), 0.0, last)));
    m_anchor = from;
    m_cursor = to;
    emit chosen(span(from, to), event->modifiers().testFlag(Qt::ControlModifier), false);
}

void BarCanvas::keyPressEvent(QKeyEvent* event)
{
    const bool extend = event->modifiers().testFlag(Qt::ShiftModifier);
    if (event->key() == Qt::Key_Left)
        step(-1, extend);
    else if (event->key() == Qt::Key_Right)
        step(1, extend);
    else
        PlotBase::keyPressEvent(event);
}

TextTable BarCanvas::table() const
{
    TextTable result;
    result.header = {tr("name"), tr("group"), m_axisLabel};
    for (const Bar& bar : m_bars)
        result.rows.append(
            {bar.name, bar.group, bar.value ? QString::number(*bar.value, 'g', 6) : QString()});
    return result;
}

} // namespace bitloom
