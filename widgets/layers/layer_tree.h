// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/text_table.h"

#include <QItemSelectionModel>
#include <QPointer>
#include <QTimer>
#include <QVariantAnimation>
#include <QWidget>

class QAction;
class QKeyEvent;
class QLineEdit;
class QTreeView;

namespace bitloom {

class BitStrip;
class FilterBar;
class LayerColumns;
class LayerDelegate;
class LayerFilter;
class SelectionLink;

/// The layers as a tree with a filter above and the bit strip below. Works on the shared selection
/// over the source model (the tree's own proxy stays inside). Keys in the tree: 2 3 4 5 6 8 and 0
/// set bits, Ctrl+C copies, Ctrl+F goes to the filter; in the filter the arrow keys, Page Up, Page
/// Down and Return go to the tree, Esc clears. Sorted by a figure, all layers stand in one list,
/// across their groups; sorted by name or not at all, in their groups.
class LayerTree : public QWidget {
    Q_OBJECT

public:
    explicit LayerTree(QWidget* parent = nullptr);

    /// A model under layer_roles.h.
    void setModel(QAbstractItemModel* model);
    void setSelectionModel(QItemSelectionModel* selection);

    BitStrip* bitStrip() const { return m_strip; }
    QTreeView* view() const { return m_view; }
    QLineEdit* filterEdit() const;
    /// Put into the row menu before the tree's own entries.
    void addMenuAction(QAction* action);

    /// Lights up the rows the last fit changed for a moment.
    void flashChanged();
    /// Shows only rows the last fit changed.
    void setChangedOnly(bool on);
    /// The visible slot rows as text, or only the selected ones.
    TextTable table(bool selectedOnly) const;
    LayerColumns* columns() const { return m_columns; }
    /// All layers in one list, or in their groups; as the order wants it.
    bool isFlat() const;

    void focusFilter();
    void copySelection();
    void expandAll();

signals:
    /// One of 2 3 4 5 6 8, or 0 for "leave as stored".
    void bitsKeyPressed(int bits);
    /// From the bit strip.
    void schemeChosen(const QString& id);
    void lockRequested(bool locked);
    /// "layers.csv" and its content; see PlotBase.
    void exportRequested(const QString& suggestedName, const QByteArray& content);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void buildTree();
    void sorted(int column);
    void setFlat(bool flat);
    void filterChanged();
    void showNote(const QString& wrongPattern);
    void modelChanged();
    void showCount();
    void showMenu(const QPoint& position);
    void exportCsv();
    bool keyInTree(QKeyEvent* event);
    bool keyInFilter(QKeyEvent* event);
    bool takesKey(const QObject* watched, const QKeyEvent* event) const;

    LayerFilter* m_proxy = nullptr;
    SelectionLink* m_link = nullptr; ///< hears of rows that come and go before the view does
    QTreeView* m_view = nullptr;
    LayerColumns* m_columns = nullptr;
    LayerDelegate* m_delegate = nullptr;
    FilterBar* m_filter = nullptr;
    BitStrip* m_strip = nullptr;
    QList<QAction*> m_extraActions;
    QPointer<QItemSelectionModel> m_selection;
    QVariantAnimation m_flash;
    QList<QPersistentModelIndex> m_closed; ///< groups of the layer model, while there are none
    QTimer m_refresh; ///< many changes of the model become one look at all rows
};

} // namespace bitloom
