// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plot_style.h"
#include "widgets/text_table.h"

#include <qcustomplot.h>

namespace bitloom {

/// What all plots share: colours that follow the palette, wheel zoom at the pointer, pan by drag
/// and by arrow keys, reset by double click and Ctrl+0, a context menu that exports the picture or
/// the numbers or shows them as a table, a name and a one-sentence summary for screen readers, and
/// a sentence in the middle while there is nothing to draw.
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
    QString emptyText() const { return m_emptyText; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
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

    void setSummary(const QString& sentence) { setAccessibleDescription(sentence); }
    /// Non-empty: the plot shows this sentence instead of axes.
    void setEmptyText(const QString& sentence);

    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void buildActions();
    void restyle();
    void addExport(const QString& text, const QString& format);

    PlotStyle m_style;
    QString m_emptyText;
    QCPItemText* m_emptyItem = nullptr;
    QList<QAction*> m_menuActions;
};

} // namespace bitloom
