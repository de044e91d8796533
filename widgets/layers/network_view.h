// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>
#include <QItemSelectionModel>
#include <QPointer>
#include <QTimer>

namespace bitloom {

/// The network as a picture: its blocks from top to bottom in the order in which they compute, each
/// layer a small cell coloured by its bits; what lies outside the blocks above and below them.
/// Linked both ways with the shared selection: a click selects, Ctrl+click adds, Shift+click
/// extends; a click on a row's title takes the whole row. Arrow keys move, Space adds.
class NetworkView : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit NetworkView(QWidget* parent = nullptr);

    void setModel(QAbstractItemModel* model);
    /// The selection over the same model that all panels share.
    void setSelectionModel(QItemSelectionModel* selection);

    /// Where a slot row is drawn, in the viewport; empty when it is not.
    QRect cellRect(const QModelIndex& slotRow) const;
    QSize sizeHint() const override;

protected:
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    /// A layer; its place in the picture, not scrolled.
    struct Cell {
        QPersistentModelIndex row;
        QRect place;
    };
    /// A block, or a group outside the blocks.
    struct Band {
        QPersistentModelIndex group;
        QRect title;
        qsizetype first = 0; ///< cells [first, end)
        qsizetype end = 0;
    };

    void reload();
    void layOut();
    void collect();
    int cellWidth(const Cell& cell) const;
    void paintCell(QPainter& painter, const Cell& cell) const;
    qsizetype cellAt(const QPoint& position) const;
    const Band* bandAt(const QPoint& position) const;
    qsizetype currentCell() const;
    void choose(qsizetype first, qsizetype end, Qt::KeyboardModifiers modifiers);
    void moveTo(qsizetype cell, Qt::KeyboardModifiers modifiers);
    qsizetype neighbour(int key) const;
    QPoint scrolled() const;
    QString describe(const QModelIndex& row) const;
    void showSelection();

    QPointer<QAbstractItemModel> m_model;
    QPointer<QItemSelectionModel> m_selection;
    QList<Cell> m_cells;
    QList<Band> m_bands;
    QTimer m_reload;         ///< many changes become one; waits while hidden
    qsizetype m_anchor = -1; ///< where Shift extends from
    bool m_stale = false;
};

} // namespace bitloom
