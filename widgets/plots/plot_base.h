// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/plot_style.h"
#include "widgets/base/text_table.h"

#include <qcustomplot.h>

class QLabel;

namespace bitloom {

/// What all plots share: colours that follow the palette, wheel zoom at the pointer, pan by drag
/// and by arrow keys, reset by double click and Ctrl+0, a context menu that exports the picture or
/// the numbers or shows them as a table, a name and a one-sentence summary for screen readers, and
/// a sentence in the middle while there is nothing to draw. Hidden plots do not draw.
class PlotBase : public QCustomPlot {
    Q_OBJECT

public:
    /// `stem` names the object and suggested files ("histogram" → "histogram.png").
    PlotBase(const QString& stem, const QString& name, QWidget* parent = nullptr);

    /// The numbers drawn, for CSV and "Show as table".
    virtual TextTable table() const = 0;

    /// The plot in a format: "png", "svg", "pdf" or "csv". Empty for anything else.
    QByteArray rendered(const QString& format);

    const PlotStyle& style() const { return m_style; }
    QString summary() const { return accessibleDescription(); }
    /// All of an axis' label; label() of the axis itself may be cut to the axis' length.
    QString axisLabel(QCPAxis* axis) const;
    /// What the tool tip says at a place beside the axes: what had to be cut there, or nothing.
    QString marginHint(const QPoint& position) const;
    QString emptyText() const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    /// Back to the axes that show everything.
    void resetView();
    /// Opens a window with the numbers.
    void showTable();

signals:
    /// The user asked for a file. Whoever listens chooses the place and writes it; the suffix of
    /// `suggestedName` tells the format.
    void exportRequested(const QString& suggestedName, const QByteArray& content);

protected:
    /// Sets the colours of what the subclass draws; called again when the palette changes.
    virtual void applyStyle() = 0;
    /// Sets the ranges that show everything.
    virtual void fitAxes() = 0;

    /// Applies the palette; a subclass calls it once at the end of its constructor.
    void restyle();
    void setSummary(const QString& sentence) { setAccessibleDescription(sentence); }
    /// Non-empty: the plot shows this sentence instead of axes.
    void setEmptyText(const QString& sentence);
    /// Replots once, soon; when hidden, as soon as it is shown.
    void redrawSoon();
    /// Labels an axis; a label longer than its axis gives way in the middle.
    void setAxisLabel(QCPAxis* axis, const QString& label);
    /// Names what is drawn, for the legend; a long name gives way in the middle there.
    static void setFullName(QCPAbstractPlottable* drawn, const QString& name);
    /// The legend stands above the axes, where it covers nothing, in as many lines as it takes.
    void setLegendShown(bool shown);
    /// Keeps a line above the axes free for flags on lines of the plot.
    void keepRoomForFlags();

    bool event(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void styleAxis(QCPAxis* axis);
    /// Before each drawing, when the size is known.
    void placeTexts();
    void placeLegend();
    QList<QCPPlottableLegendItem*> legendItems() const;
    void addExport(QMenu* menu, const QString& text, const QString& format);
    QByteArray pdf();
    QByteArray svg();

    PlotStyle m_style;
    QHash<QCPAxis*, QString> m_labels;
    int m_legendLines = 1;
    QSize m_laidOut; ///< the size that the layout knows
    QLabel* m_empty = nullptr;
    bool m_styled = false;
};

} // namespace bitloom
