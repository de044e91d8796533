// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/plot_base.h"

#include <QSet>

#include <optional>

class QRubberBand;

namespace bitloom {

/// One bar; no value means "not known yet" and leaves its place empty.
struct Bar {
    QString name;
    QString group; ///< bars of one group stand together under its name
    std::optional<double> value;
};

/// The plot inside BarPlot.
class BarCanvas : public PlotBase {
    Q_OBJECT

public:
    BarCanvas(const QString& stem, const QString& name, QWidget* parent = nullptr);

    void setBars(const QList<Bar>& bars, const QString& axisLabel);
    void setSelected(const QSet<int>& bars);
    void setEmptySentence(const QString& text);
    void setLogScale(bool on);
    const QList<Bar>& bars() const { return m_bars; }
    const QSet<int>& selectedBars() const { return m_chosen; }
    /// Middle of a bar's place, in widget pixels.
    QPointF barPosition(int bar) const;

    TextTable table() const override;

signals:
    /// Bars the user chose; `add` joins them to the selection, `toggle` inverts them.
    void chosen(const QList<int>& bars, bool add, bool toggle);

protected:
    void applyStyle() override;
    void fitAxes() override;
    bool event(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void redraw();
    void labelGroups();
    void describe();
    int barAt(double x) const;
    void clicked(int bar, Qt::KeyboardModifiers modifiers);
    void step(int by, bool extend);
    static QList<int> span(int from, int to);

    QList<Bar> m_bars;
    QSet<int> m_chosen;
    QString m_axisLabel;
    QString m_emptySentence;
    QCPBars* m_plain = nullptr;
    QCPBars* m_selected = nullptr;
    QRubberBand* m_band = nullptr;
    std::optional<QPoint> m_pressed;
    int m_anchor = -1; ///< where Shift extends from
    int m_cursor = -1; ///< where the arrow keys stand
    bool m_log = false;
};

} // namespace bitloom
